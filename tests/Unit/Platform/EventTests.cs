using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dapr.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Platform.Events;
using NSubstitute;

namespace NexusCart.Tests.Unit.Platform;

internal sealed record OrderPaid(string OrderId, long Total);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(OrderPaid))]
internal sealed partial class EventTestJson : JsonSerializerContext;

/// <summary>Subscribing and publishing.</summary>
public sealed class EventTests : IAsyncLifetime
{
    private readonly List<(string Id, OrderPaid Event)> _handled = [];
    private PlatformHost _host = null!;
    private Exception? _fail;

    public async ValueTask InitializeAsync() => _host = await PlatformHost.StartAsync(map: app => app.MapSubscription("orders",
        on => on.On("order.paid.v1", EventTestJson.Default.OrderPaid, (paid, context) =>
        {
            if (_fail is not null) throw _fail;
            _handled.Add((context.Id, paid));
            return Task.CompletedTask;
        })));

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_handler_of_daprs_own_kind_gets_the_payload_alone()
    {
        OrderPaid? taken = null;
        await using var host = await PlatformHost.StartAsync(map: app => app
            .MapPost("/plain", (OrderPaid paid) => { taken = paid; })
            .WithTopic(new Dapr.TopicOptions { PubsubName = "pubsub", Name = "orders", DeadLetterTopic = "orders-dead" }));
        using var content = new StringContent("""{"specversion":"1.0","id":"1","source":"s","type":"t","datacontenttype":"application/json","data":{"orderId":"o9","total":1}}""");
        content.Headers.ContentType = new MediaTypeHeaderValue("application/cloudevents+json");
        (await host.Http.PostAsync("/plain", content)).EnsureSuccessStatusCode();
        Assert.Equal("o9", taken!.OrderId);
    }

    [Fact]
    public async Task The_subscription_names_its_dead_letter_topic()
    {
        var list = JsonSerializer.Deserialize<JsonElement>(await _host.Http.GetStringAsync("/dapr/subscribe"));
        var subscription = Assert.Single(list.EnumerateArray());
        Assert.Equal("orders", subscription.GetProperty("topic").GetString());
        Assert.Equal("pubsub", subscription.GetProperty("pubsubName").GetString());
        Assert.Equal("orders-dead", subscription.GetProperty("deadLetterTopic").GetString());
        Assert.Equal("events/pubsub/orders", subscription.GetProperty("route").GetString());
    }

    [Fact]
    public async Task An_event_reaches_its_handler_once_however_often_it_is_delivered()
    {
        for (var i = 0; i < 3; i++) Assert.Equal("SUCCESS", await DeliverAsync("order.paid.v1", "e1", """{"orderId":"o1","total":5}"""));
        Assert.Equal(("e1", new OrderPaid("o1", 5)), Assert.Single(_handled));
    }

    [Fact]
    public async Task What_a_handler_refuses_is_delivered_again_and_handled_then()
    {
        _fail = new InvalidOperationException("not now");
        Assert.Equal("RETRY", await DeliverAsync("order.paid.v1", "e1", """{"orderId":"o1","total":5}"""));
        _fail = null;
        Assert.Equal("SUCCESS", await DeliverAsync("order.paid.v1", "e1", """{"orderId":"o1","total":5}"""));
        Assert.Single(_handled);
    }

    [Fact]
    public async Task A_handler_that_takes_too_long_has_its_event_delivered_again()
    {
        var time = new FakeTimeProvider();
        var began = new TaskCompletionSource();
        await using var host = await PlatformHost.StartAsync(
            builder => builder.Services.AddSingleton<TimeProvider>(time),
            app => app.MapSubscription("orders", on => on.On("order.paid.v1", EventTestJson.Default.OrderPaid, (_, _) =>
            {
                began.SetResult();
                return new TaskCompletionSource().Task;
            })));

        var delivery = PostAsync("""{"specversion":"1.0","id":"e1","source":"orders","type":"order.paid.v1","data":{"orderId":"o1","total":5}}""", host);
        await began.Task;
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal("RETRY", await delivery);
    }

    [Fact]
    public async Task An_event_that_not_every_broker_takes_is_refused()
    {
        var publisher = new EventPublisher(Substitute.For<DaprClient>(), TimeProvider.System, new ConfigurationBuilder().Build());
        var large = new OrderPaid(new string('x', EventPublisher.MaxBytes), 5);
        await Assert.ThrowsAsync<ArgumentException>(() =>
            publisher.PublishAsync("orders", "order.paid.v1", "e1", "o1", large, EventTestJson.Default.OrderPaid));
    }

    [Fact]
    public async Task Types_without_a_handler_are_acknowledged() =>
        Assert.Equal("SUCCESS", await DeliverAsync("order.shipped.v1", "e2", "{}"));

    [Theory]
    [InlineData("order.paid.v1", """{"orderId":"o1","total":"many"}""")]
    [InlineData("order.paid.v1", "null")]
    public async Task What_cannot_be_read_is_dead_lettered_at_once(string type, string data) =>
        Assert.Equal("DROP", await DeliverAsync(type, "e3", data));

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"type":"order.paid.v1"}""")]
    public async Task What_is_no_event_is_dead_lettered_at_once(string envelope) => Assert.Equal("DROP", await PostAsync(envelope));

    [Fact]
    public async Task A_published_event_is_a_cloud_event_with_the_given_id()
    {
        var dapr = Substitute.For<DaprClient>();
        var time = new FakeTimeProvider(new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero));
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["APP_ID"] = "orders" }).Build();
        var sent = ReadOnlyMemory<byte>.Empty;
        dapr.PublishByteEventAsync("pubsub", "orders", Arg.Do<ReadOnlyMemory<byte>>(b => sent = b), "application/cloudevents+json",
            Arg.Is<Dictionary<string, string>>(m => m["partitionKey"] == "o1"), Arg.Any<CancellationToken>()).Returns(Task.CompletedTask);

        await new EventPublisher(dapr, time, configuration).PublishAsync(
            "orders", "order.paid.v1", "o1-complete", "o1", new OrderPaid("o1", 5), EventTestJson.Default.OrderPaid);

        Assert.Equal(
            """{"specversion":"1.0","id":"o1-complete","source":"orders","type":"order.paid.v1","subject":"o1","time":"2030-01-02T03:04:05+00:00","datacontenttype":"application/json","data":{"orderId":"o1","total":5}}""",
            Encoding.UTF8.GetString(sent.Span));
    }

    private Task<string?> DeliverAsync(string type, string id, string data) =>
        PostAsync($$"""{"specversion":"1.0","id":"{{id}}","source":"orders","type":"{{type}}","data":{{data}}}""");

    private async Task<string?> PostAsync(string envelope, PlatformHost? host = null)
    {
        using var content = new StringContent(envelope);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/cloudevents+json");
        var answer = await (host ?? _host).Http.PostAsync("/events/pubsub/orders", content);
        answer.EnsureSuccessStatusCode();
        return JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync()).GetProperty("status").GetString();
    }
}
