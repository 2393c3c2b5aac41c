using System.Collections.Concurrent;
using Dapr;
using Dapr.AspNetCore;
using Dapr.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Tests.Sidecar.Sdk.DotNet;

/// <summary>Events as Dapr.Client publishes and Dapr.AspNetCore subscribes to them.</summary>
[Trait("block", "pub/sub")]
public sealed class EventTests : DotNetBed
{
    private readonly ConcurrentQueue<(string Place, string Text)> _seen = new();

    private sealed record Note(string Text);

    [Theory]
    [InlineData(AppProtocol.Http)]
    [InlineData(AppProtocol.H2c)]
    public async Task What_is_published_arrives(AppProtocol protocol)
    {
        var client = (await StartAsync(app => Subscribe(app, "notes"), protocol: protocol)).Client;
        await client.PublishEventAsync("pubsub", "notes", new Note("object"));
        await client.PublishByteEventAsync("pubsub", "notes", """{"text":"bytes"}"""u8.ToArray(), "application/json");
        await client.PublishEventAsync("pubsub", "notes", new CloudEvent<Note>(new Note("event")) { Type = "note", Source = new Uri("urn:shop") });
        await SeesAsync("notes", "bytes", "event", "object");
    }

    [Fact]
    public async Task What_is_published_together_arrives()
    {
        var client = (await StartAsync(app => Subscribe(app, "notes"))).Client;
        var texts = Enumerable.Range(0, 20).Select(number => $"note {number}").ToArray();
        var answer = await client.BulkPublishEventAsync("pubsub", "notes", [.. texts.Select(text => new Note(text))]);
        Assert.Empty(answer.FailedEntries);
        await SeesAsync("notes", texts);
    }

    [Fact]
    public async Task What_is_delivered_together_is_answered_one_by_one()
    {
        var client = (await StartAsync(app =>
        {
            app.UseCloudEvents();
            app.MapSubscribeHandler();
            app.MapPost("/bulk", (BulkSubscribeMessage<BulkMessageModel<Note>> bulk) => new BulkSubscribeAppResponse(
                [.. bulk.Entries.Select(entry => new BulkSubscribeAppResponseEntry(entry.EntryId, Answer(entry.Event.Data.Text)))]))
                .WithTopic("pubsub", "bulk").WithMetadata(new BulkSubscribeAttribute("bulk", 10, 50));
        })).Client;
        await client.BulkPublishEventAsync("pubsub", "bulk", [new Note("good"), new Note("other")]);
        await SeesAsync("bulk", "good", "other");

        BulkSubscribeAppResponseStatus Answer(string text)
        {
            _seen.Enqueue(("bulk", text));
            return BulkSubscribeAppResponseStatus.SUCCESS;
        }
    }

    [Fact]
    public async Task What_is_refused_goes_to_the_dead_letters()
    {
        var client = (await StartAsync(app =>
        {
            app.UseCloudEvents();
            app.MapSubscribeHandler();
            app.MapPost("/poison", (Note note) => Results.Json(new { status = "DROP" }))
                .WithTopic(new TopicOptions { PubsubName = "pubsub", Name = "poison", DeadLetterTopic = "dead" });
            app.MapPost("/dead", (Note note) => _seen.Enqueue(("dead", note.Text))).WithTopic("pubsub", "dead");
        })).Client;
        await client.PublishEventAsync("pubsub", "poison", new Note("bitter"));
        await SeesAsync("dead", "bitter");
    }

    [Fact]
    public async Task Rules_choose_the_route()
    {
        var client = (await StartAsync(app =>
        {
            app.UseCloudEvents();
            app.MapSubscribeHandler();
            app.MapPost("/others", (Note note) => _seen.Enqueue(("others", note.Text))).WithTopic("pubsub", "routed");
            app.MapPost("/vip", (Note note) => _seen.Enqueue(("vip", note.Text)))
                .WithTopic(new TopicOptions { PubsubName = "pubsub", Name = "routed", Match = "event.type == \"vip\"", Priority = 1 });
        })).Client;
        await client.PublishEventAsync("pubsub", "routed", new CloudEvent<Note>(new Note("first")) { Type = "vip", Source = new Uri("urn:shop") });
        await client.PublishEventAsync("pubsub", "routed", new Note("second"));
        await SeesAsync("vip", "first");
        await SeesAsync("others", "second");
    }

    [Fact]
    public async Task An_unknown_component_is_an_error()
    {
        var client = await StartAsync();
        var error = await Assert.ThrowsAsync<DaprException>(() => client.PublishEventAsync("nowhere", "notes", new Note("x")));
        Assert.Contains("nowhere", error.InnerException!.Message, StringComparison.Ordinal);
    }

    private void Subscribe(WebApplication app, string topic)
    {
        app.UseCloudEvents();
        app.MapSubscribeHandler();
        app.MapPost("/" + topic, (Note note) => _seen.Enqueue((topic, note.Text))).WithTopic("pubsub", topic);
    }

    private async Task SeesAsync(string place, params string[] texts)
    {
        var wanted = texts.Order(StringComparer.Ordinal).ToArray();
        string[] Seen() => [.. _seen.Where(seen => seen.Place == place).Select(seen => seen.Text).Order(StringComparer.Ordinal)];
        await Eventually.TrueAsync(() => Seen().Length >= wanted.Length);
        Assert.Equal(wanted, Seen());
    }
}
