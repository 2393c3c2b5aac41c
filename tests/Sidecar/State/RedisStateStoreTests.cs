using System.Text;
using NexusCart.Sidecar.State;
using NexusCart.Tests.Servers;
using NexusCart.Tests.Sidecar.Infrastructure;
using StackExchange.Redis;

namespace NexusCart.Tests.Sidecar.State;

/// <summary>The contract on <c>state.redis</c> and a real server, with Dapr's rules to the letter.</summary>
public sealed class StrictRedisStateStoreContractTests(SharedServer<RedisServer> server) : StateStoreContract, IClassFixture<SharedServer<RedisServer>>
{
    /// <summary>Dapr's column.</summary>
    internal static StateSemantics Dapr { get; } = new()
    {
        SaveWithForeignETag = Outcome.Invalid,
        LastWriteWithStaleETag = Outcome.Written,
        SaveWithETagOfAbsentKey = Outcome.Written,
        DeleteWithETagOfAbsentKey = Outcome.Written,
        FirstWriteOverPlain = Outcome.Written,
        FirstWriteOverFirstWrite = Outcome.Failed,
        PlainOverFirstWrite = Outcome.Failed,
        FailedTransactionStoresTheRest = true,
        TransactionFirstWriteOverPlain = Outcome.Written,
        TransactionWithETagOfAbsentKey = Outcome.Written,
        ReportsExpiry = false,
        RewriteKeepsTtl = true,
        SaveWithETagOfExpiredKey = Outcome.Written,
        DeleteWithETagOfExpiredKey = Outcome.Written,
    };

    protected override StateSemantics Semantics => Dapr;

    internal override async ValueTask<DriverSpec> SpecAsync()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? "");
        return new DriverSpec("state.redis", ("redisHost", (await server.StartedAsync()).Host), ("readTimeout", "60s")) { Strict = true };
    }
}

/// <summary>The contract on <c>state.redis</c> and a real server, without the two rules that lose data.</summary>
public sealed class RedisStateStoreContractTests(SharedServer<RedisServer> server) : StateStoreContract, IClassFixture<SharedServer<RedisServer>>
{
    protected override StateSemantics Semantics { get; } =
        StrictRedisStateStoreContractTests.Dapr with { FailedTransactionStoresTheRest = false, RewriteKeepsTtl = false };

    internal override async ValueTask<DriverSpec> SpecAsync()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? "");
        return new DriverSpec("state.redis", ("redisHost", (await server.StartedAsync()).Host), ("readTimeout", "60s"));
    }
}

/// <summary>What only Redis has: its layout, and its server that goes and comes.</summary>
public sealed class RedisStateStoreTests : IAsyncLifetime
{
    private readonly RedisServer _server = new();
    private readonly DriverBed _bed = new();

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? "");
        await _server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _bed.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task It_reads_what_dapr_wrote_and_writes_what_dapr_reads()
    {
        await using var client = await _server.OpenClientAsync();
        var database = client.GetDatabase();
        await database.ExecuteAsync("HSET", "app||k", "data", "\"by hand\"", "version", "7");
        await database.ExecuteAsync("SET", "app||old", "plain");
        var store = await OpenAsync();

        var entry = (await store.GetAsync("app||k", default))!;
        Assert.Equal(("\"by hand\"", "7"), (Text(entry), entry.ETag));
        Assert.Equal("plain", Text((await store.GetAsync("app||old", default))!));

        await store.WriteAsync(new StateUpsert("app||k", Bytes("2"), "7", StateConcurrency.FirstWrite, TimeSpan.FromMinutes(1)), default);
        await store.WriteAsync(new StateUpsert("app||old", Bytes("new")), default);
        Assert.Equal(
            ["data=2", "first-write=0", "version=8"],
            (await database.HashGetAllAsync("app||k")).Select(field => $"{field.Name}={field.Value}").Order());
        Assert.InRange((await database.KeyTimeToLiveAsync("app||k"))!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        Assert.Equal("new", await database.HashGetAsync("app||old", "data"));

        await store.WriteAsync(new StateDelete("app||k"), default);
        await store.WriteAsync(new StateUpsert("app||k", Bytes("3")), default);
        Assert.Equal("1", (await store.GetAsync("app||k", default))!.ETag);
    }

    [Fact]
    public async Task A_time_to_live_of_the_component_holds_for_keys_without_one()
    {
        var store = await OpenAsync(("ttlInSeconds", "100"));
        await store.WriteAsync(new StateUpsert("default", Bytes("1")), default);
        await store.WriteAsync(new StateUpsert("own", Bytes("1"), Ttl: TimeSpan.FromSeconds(1000)), default);
        await store.WriteAsync(new StateUpsert("none", Bytes("1"), EndsTtl: true), default);
        await using var client = await _server.OpenClientAsync();
        var database = client.GetDatabase();
        Assert.InRange((await database.KeyTimeToLiveAsync("default"))!.Value.TotalSeconds, 1, 100);
        Assert.InRange((await database.KeyTimeToLiveAsync("own"))!.Value.TotalSeconds, 101, 1000);
        Assert.Null(await database.KeyTimeToLiveAsync("none"));
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_the_server_was_killed_and_the_store_comes_back_by_itself()
    {
        var store = await OpenAsync(("readTimeout", "10s"));
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => store.WriteAsync(new StateUpsert($"k{i}", Bytes($"{i}")), default).AsTask()));
        await _server.KillAsync();
        await Assert.ThrowsAnyAsync<Exception>(async () => await store.GetAsync("k1", default));
        await _server.StartAsync();

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await AnswersAsync(store))
            await Task.Delay(100, limit.Token);
        var hits = await store.GetManyAsync([.. Enumerable.Range(0, 100).Select(i => $"k{i}")], default);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), hits.Select(hit => Text(hit.Entry!)));
        await store.WriteAsync(new StateUpsert("k1", Bytes("after"), hits[1].Entry!.ETag), default);
        Assert.Equal("after", Text((await store.GetAsync("k1", default))!));
    }

    [Fact]
    public async Task A_server_that_is_not_there_stops_the_start()
    {
        await _server.KillAsync();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => OpenAsync());
        Assert.Contains("error connecting to redis at " + _server.Host, error.Message, StringComparison.Ordinal);
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(StateEntry entry) => Encoding.UTF8.GetString(entry.Value.Span);

    private static async Task<bool> AnswersAsync(IStateStore store)
    {
        try
        {
            await store.GetAsync("k1", default);
            return true;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return false;
        }
    }

    private Task<IStateStore> OpenAsync(params (string Name, string Value)[] settings) =>
        _bed.OpenAsync<IStateStore>(new DriverSpec("state.redis", [("redisHost", _server.Host), .. settings]));
}
