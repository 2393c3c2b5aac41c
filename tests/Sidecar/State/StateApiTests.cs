using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Dapr;
using Dapr.Client;
using Google.Protobuf;
using Grpc.Core;
using NexusCart.Tests.Sidecar.Infrastructure;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Tests.Sidecar.State;

/// <summary>The state API as apps use it.</summary>
public sealed class StateApiTests : IAsyncDisposable
{
    private readonly SidecarBed _bed = new();

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Theory]
    [InlineData("state.in-memory")]
    [InlineData("state.sqlite")]
    public async Task The_official_client_saves_reads_and_guards_with_etags(string type)
    {
        var sidecar = await StartAsync(type);
        var client = sidecar.Client;
        await client.SaveStateAsync("store", "k", new Cart("a", 1));
        var (cart, etag) = await client.GetStateAndETagAsync<Cart>("store", "k");
        Assert.Equal(new Cart("a", 1), cart);

        Assert.True(await client.TrySaveStateAsync("store", "k", new Cart("a", 2), etag));
        Assert.False(await client.TrySaveStateAsync("store", "k", new Cart("a", 3), etag));
        Assert.False(await client.TryDeleteStateAsync("store", "k", etag));
        Assert.Equal(2, (await client.GetStateAsync<Cart>("store", "k")).Units);

        var bulk = await client.GetBulkStateAsync("store", ["none", "k"], parallelism: 2);
        Assert.Equal(["none", "k"], bulk.Select(item => item.Key));
        Assert.Empty(bulk[0].Value);
        await client.DeleteStateAsync("store", "k");
        Assert.Null(await client.GetStateAsync<Cart>("store", "k"));
    }

    [Theory]
    [InlineData("state.in-memory")]
    [InlineData("state.sqlite")]
    public async Task A_failing_transaction_leaves_nothing_behind(string type)
    {
        var sidecar = await StartAsync(type);
        await sidecar.Client.SaveStateAsync("store", "guarded", 1);
        var value = JsonSerializer.SerializeToUtf8Bytes(2);

        await Assert.ThrowsAsync<DaprException>(() => sidecar.Client.ExecuteStateTransactionAsync("store",
        [
            new StateTransactionRequest("new", value, StateOperationType.Upsert),
            new StateTransactionRequest("guarded", value, StateOperationType.Upsert, etag: "stale"),
        ]));

        Assert.Equal(0, await sidecar.Client.GetStateAsync<int>("store", "new"));
        Assert.Equal(1, await sidecar.Client.GetStateAsync<int>("store", "guarded"));
    }

    [Fact]
    public async Task The_prefix_decides_who_shares_keys()
    {
        foreach (var (name, prefix) in new[] { ("own", "appid"), ("named", "name"), ("free", "none"), ("literal", "Shared") })
            _bed.Resource(name + ".yaml", SidecarBed.Component(name, "state.sqlite", ("connectionString", "shared.db"), ("keyPrefix", prefix)));
        var a = await _bed.StartSidecarAsync("a");
        var b = await _bed.StartSidecarAsync("b");
        foreach (var store in (string[])["own", "named", "free", "literal"])
            await a.Client.SaveStateAsync(store, "k", store);

        Assert.Null(await b.Client.GetStateAsync<string>("own", "k"));
        foreach (var store in (string[])["named", "free", "literal"])
            Assert.Equal(store, await b.Client.GetStateAsync<string>(store, "k"));
        var keys = SqliteFile.Scalar(Path.Combine(_bed.Folder, "data", "shared.db"), "SELECT group_concat(key, ' ') FROM (SELECT key FROM state ORDER BY key)");
        Assert.Equal("a||k k named||k shared||k", keys);
    }

    [Fact]
    public async Task A_prefix_with_the_separator_stops_the_start()
    {
        _bed.Resource("store.yaml", SidecarBed.Component("store", "state.in-memory", ("keyPrefix", "a||b")));
        var error = await Assert.ThrowsAnyAsync<Exception>(() => _bed.StartSidecarAsync("a"));
        Assert.Contains("keyPrefix", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Values_over_http_are_written_anew_and_bytes_over_grpc_are_not()
    {
        var sidecar = await StartAsync("state.sqlite");
        await PostAsync(sidecar, """[{"key": "h", "value": { "b": "<&>",  "a": 9007199254740993 }}]""");
        Assert.Equal("""{"a":9007199254740992,"b":"\u003c\u0026\u003e"}""", await sidecar.Http.GetStringAsync("/v1.0/state/store/h"));

        var grpc = new Rt.Dapr.DaprClient(sidecar.Grpc);
        var item = new Rt.StateItem { Key = "g", Value = ByteString.CopyFromUtf8("{ \"a\": 9007199254740993 }") };
        await grpc.SaveStateAsync(new Rt.SaveStateRequest { StoreName = "store", States = { item } });
        Assert.Equal("{ \"a\": 9007199254740993 }", await sidecar.Http.GetStringAsync("/v1.0/state/store/g"));

        item.Metadata["contentType"] = "application/json";
        item.Value = ByteString.CopyFromUtf8("no json");
        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await grpc.SaveStateAsync(new Rt.SaveStateRequest { StoreName = "store", States = { item } }));
        Assert.Equal(StatusCode.Unknown, error.StatusCode);
    }

    [Theory]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("a+b", "a b")]
    [InlineData("a%2Bb", "a+b")]
    [InlineData("%C3%A4", "ä")]
    public async Task Keys_in_paths_are_decoded_as_daprd_does(string inPath, string key)
    {
        var sidecar = await StartAsync("state.in-memory");
        await sidecar.Client.SaveStateAsync("store", key, "found");
        Assert.Equal("\"found\"", await sidecar.Http.GetStringAsync("/v1.0/state/store/" + inPath));
    }

    [Theory]
    [InlineData("""[{"key": "k", "value": 1, "options": {"concurrency": "foo"}}]""", HttpStatusCode.InternalServerError, "unrecognized concurrency model 'foo'")]
    [InlineData("""[{"key": "k", "value": 1, "options": {"consistency": "foo"}}]""", HttpStatusCode.InternalServerError, "unrecognized consistency model 'foo'")]
    [InlineData("""[{"key": "k", "value": 1, "metadata": {"ttlInSeconds": "abc"}}]""", HttpStatusCode.InternalServerError, "ttlInSeconds")]
    [InlineData("""[{"key": 5, "value": 1}]""", HttpStatusCode.BadRequest, "key of type string")]
    [InlineData("""{"key": "k"}""", HttpStatusCode.BadRequest, "cannot unmarshal object")]
    public async Task Bad_requests_say_what_is_wrong(string body, HttpStatusCode status, string complaint)
    {
        var sidecar = await StartAsync("state.in-memory");
        var response = await sidecar.Http.PostAsync("/v1.0/state/store", new StringContent(body));
        Assert.Equal(status, response.StatusCode);
        Assert.Contains(complaint, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_a_malformed_request()
    {
        _bed.Resource("store.yaml", SidecarBed.Component("store", "state.in-memory"));
        var sidecar = await _bed.StartSidecarAsync("a", change: options => options with { MaxBodySize = 1000 });
        var response = await sidecar.Http.PostAsJsonAsync("/v1.0/state/store", new[] { new { key = "k", value = new string('x', 2000) } });
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("stream too large", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("state.in-memory", HttpStatusCode.NoContent)]
    [InlineData("state.sqlite", HttpStatusCode.OK)]
    public async Task An_empty_value_reads_as_each_store_of_dapr_has_it(string type, HttpStatusCode expected)
    {
        var sidecar = await StartAsync(type);
        var item = new Rt.StateItem { Key = "k", Value = ByteString.Empty };
        await new Rt.Dapr.DaprClient(sidecar.Grpc).SaveStateAsync(new Rt.SaveStateRequest { StoreName = "store", States = { item } });
        Assert.Equal(expected, (await sidecar.Http.GetAsync("/v1.0/state/store/k")).StatusCode);
    }

    [Fact]
    public async Task A_retry_policy_does_not_repeat_what_an_etag_refused()
    {
        _bed.Resource("resiliency.yaml", """
            apiVersion: dapr.io/v1alpha1
            kind: Resiliency
            metadata: { name: r }
            spec:
              policies: { retries: { slow: { policy: constant, duration: 1h, maxRetries: 5 } } }
              targets: { components: { store: { outbound: { retry: slow } } } }
            """);
        var sidecar = await StartAsync("state.sqlite");
        await sidecar.Client.SaveStateAsync("store", "k", 1);
        Assert.False(await sidecar.Client.TrySaveStateAsync("store", "k", 2, "stale").WaitAsync(TimeSpan.FromSeconds(20)));
    }

    private async Task<TestSidecar> StartAsync(string type)
    {
        _bed.Resource("store.yaml", SidecarBed.Component("store", type, ("connectionString", "state.db")));
        return await _bed.StartSidecarAsync("app");
    }

    private static async Task PostAsync(TestSidecar sidecar, string body)
    {
        var response = await sidecar.Http.PostAsync("/v1.0/state/store", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    private sealed record Cart(string Sku, int Units);
}
