using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using NexusCart.Tests.Sidecar.Infrastructure;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Tests.Sidecar.State;

/// <summary>Events of state transactions.</summary>
public sealed class OutboxTests : IAsyncDisposable
{
    private readonly SidecarBed _bed = new();
    private readonly ConcurrentQueue<JsonNode> _events = [];

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Theory]
    [InlineData("state.in-memory")]
    [InlineData("state.sqlite")]
    public async Task A_failed_transaction_publishes_nothing_and_the_next_one_works(string type)
    {
        var sidecar = await StartAsync(type);
        await TransactAsync(sidecar, HttpStatusCode.NoContent, Upsert("a", 1));
        await TransactAsync(sidecar, HttpStatusCode.InternalServerError, Upsert("b", 2), new
        {
            operation = "upsert", request = new { key = "a", value = 3, etag = "0c9e4b52-0000-0000-0000-000000000000", options = new { concurrency = "first-write" } },
        });
        await TransactAsync(sidecar, HttpStatusCode.NoContent, Upsert("c", 4), Upsert("d", 5), new { operation = "delete", request = new { key = "a" } });

        await Eventually.TrueAsync(() => _events.Count >= 3);
        Assert.Equal(["1", "4", "5"], _events.Select(e => e["data"]!.ToJsonString()).Order());
    }

    [Fact]
    public async Task What_could_not_be_published_is_published_after_the_restart_under_the_same_id_and_once()
    {
        _bed.Resource("store.yaml", Store("state.sqlite"));
        var alone = await _bed.StartSidecarAsync("shop");
        await TransactAsync(alone, HttpStatusCode.NoContent, Upsert("a", "first"), Upsert("b", "second"));
        await _bed.RestartAsync();

        await StartAsync("state.sqlite");
        await Eventually.TrueAsync(() => _events.Count >= 2);
        Assert.Equal(["first", "second"], _events.Select(e => e["data"]!.GetValue<string>()));
        Assert.All(_events, e => Assert.StartsWith("outbox-", e["id"]!.GetValue<string>(), StringComparison.Ordinal));
        var file = Path.Combine(_bed.Folder, "data", "store.db");
        await Eventually.TrueAsync(() => $"{SqliteFile.Scalar(file, "SELECT count(*) FROM state WHERE key LIKE 'dapr-outbox%'")}" == "0");
    }

    [Fact]
    public async Task A_projection_is_published_and_not_stored()
    {
        var sidecar = await StartAsync("state.in-memory");
        await TransactAsync(sidecar, HttpStatusCode.NoContent, Upsert("order", "whole"), new
        {
            operation = "upsert",
            request = new { key = "order", value = new { id = 7 }, metadata = new Dictionary<string, string> { ["outbox.projection"] = "true" } },
        });
        await Eventually.TrueAsync(() => !_events.IsEmpty);
        Assert.Equal("""{"id":7}""", Assert.Single(_events)["data"]!.ToJsonString());
        Assert.Equal("\"whole\"", await sidecar.Http.GetStringAsync("/v1.0/state/store/order"));
    }

    [Fact]
    public async Task Metadata_of_an_operation_shape_its_event()
    {
        var sidecar = await StartAsync("state.in-memory");
        await new Rt.Dapr.DaprClient(sidecar.Grpc).ExecuteStateTransactionAsync(new Rt.ExecuteStateTransactionRequest
        {
            StoreName = "store",
            Operations =
            {
                new Rt.TransactionalStateOperation
                {
                    OperationType = "upsert",
                    Request = new Rt.StateItem
                    {
                        Key = "k",
                        Value = ByteString.CopyFromUtf8("{\"a\": 1}"),
                        Metadata = { ["type"] = "order.paid", ["subject"] = "o-1", ["contentType"] = "application/json", ["id"] = "mine" },
                    },
                },
            },
        });
        await Eventually.TrueAsync(() => !_events.IsEmpty);
        var published = Assert.Single(_events);
        Assert.Equal("order.paid", published["type"]!.GetValue<string>());
        Assert.Equal("o-1", published["subject"]!.GetValue<string>());
        Assert.Equal("application/json", published["datacontenttype"]!.GetValue<string>());
        Assert.Equal("shop", published["source"]!.GetValue<string>());
        Assert.StartsWith("outbox-", published["id"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("""{"a":1}""", published["data"]!.ToJsonString());
    }

    [Theory]
    [InlineData(false, "application/json", """{"n":1,"list":["x",true,null]}""")]
    [InlineData(true, "text/plain", "\"map[list:[x true \\u003Cnil\\u003E] n:1]\"")]
    public async Task An_object_stays_JSON_unless_strict(bool strict, string contentType, string data)
    {
        var sidecar = await StartAsync("state.in-memory", strict);
        await TransactAsync(sidecar, HttpStatusCode.NoContent, Upsert("k", new { n = 1, list = new object?[] { "x", true, null } }));
        await Eventually.TrueAsync(() => !_events.IsEmpty);
        Assert.Equal(contentType, Assert.Single(_events)["datacontenttype"]!.GetValue<string>());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(data), Assert.Single(_events)["data"]), _events.First().ToJsonString());
    }

    private static object Upsert(string key, object value) => new { operation = "upsert", request = new { key, value } };

    private static async Task TransactAsync(TestSidecar sidecar, HttpStatusCode expected, params object[] operations)
    {
        using var answer = await sidecar.Http.PostAsJsonAsync("/v1.0/state/store/transaction", new { operations });
        Assert.Equal(expected, answer.StatusCode);
    }

    private static string Store(string type) => SidecarBed.Component(
        "store", type, ("connectionString", "store.db"), ("outboxPublishPubsub", "bus"), ("outboxPublishTopic", "changes"));

    private async Task<TestSidecar> StartAsync(string type, bool strict = false)
    {
        _bed.Resource("store.yaml", Store(type), SidecarBed.Component("bus", "pubsub.in-memory"));
        var app = await _bed.StartAppAsync(web =>
        {
            web.MapGet("/dapr/subscribe", () => new[] { new { pubsubname = "bus", topic = "changes", route = "/changes" } });
            web.MapPost("/changes", async (HttpRequest request) => _events.Enqueue((await JsonNode.ParseAsync(request.Body))!));
        });
        return await _bed.StartSidecarAsync("shop", app, options => options with { Strict = strict });
    }
}
