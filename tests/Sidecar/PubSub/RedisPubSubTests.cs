using System.Text;
using NexusCart.Sidecar.PubSub;
using NexusCart.Tests.Servers;
using NexusCart.Tests.Sidecar.Infrastructure;
using StackExchange.Redis;
using static NexusCart.Tests.Sidecar.PubSub.PubSubDriverFixture;

namespace NexusCart.Tests.Sidecar.PubSub;

/// <summary>The contract on <c>pubsub.redis</c> and a real server.</summary>
public sealed class RedisPubSubContractTests(SharedServer<RedisServer> server) : PubSubContract, IClassFixture<SharedServer<RedisServer>>
{
    protected override bool RedeliversRefused => true;

    internal override async ValueTask<DriverSpec> SpecAsync()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? "");
        return new DriverSpec(
            "pubsub.redis", ("redisHost", (await server.StartedAsync()).Host), ("processingTimeout", "1s"), ("redeliverInterval", "200ms"), ("readTimeout", "60s"));
    }
}

/// <summary>The contract on <c>pubsub.redis</c> and a real server, acknowledging what was refused as Dapr does.</summary>
public sealed class StrictRedisPubSubContractTests(SharedServer<RedisServer> server) : PubSubContract, IClassFixture<SharedServer<RedisServer>>
{
    protected override bool RedeliversRefused => false;

    internal override async ValueTask<DriverSpec> SpecAsync()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? "");
        return new DriverSpec(
            "pubsub.redis", ("redisHost", (await server.StartedAsync()).Host), ("processingTimeout", "1s"), ("redeliverInterval", "200ms"), ("readTimeout", "60s"))
        { Strict = true };
    }
}

/// <summary>What only Redis has: its streams, consumers that die, and its server that goes and comes.</summary>
public sealed class RedisPubSubTests : IAsyncLifetime
{
    private static readonly Dictionary<string, string> NoMetadata = [];
    private readonly RedisServer _server = new();
    private readonly DriverBed _bed = new();
    private readonly List<IAsyncDisposable> _subscriptions = [];

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? "");
        await _server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var subscription in _subscriptions)
            await subscription.DisposeAsync();
        await _bed.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task It_delivers_what_dapr_published_and_publishes_what_dapr_delivers()
    {
        await using var client = await _server.OpenClientAsync();
        var database = client.GetDatabase();
        // Published before anybody subscribed: a group begins with the oldest entry.
        await database.ExecuteAsync("XADD", "t", "*", "data", "{\"id\":\"1\"}", "metadata", "{\"foo\":\"bar\"}");
        await database.ExecuteAsync("XADD", "t", "*", "data", "without metadata");
        var broker = await OpenAsync("orders");
        var deliveries = new List<BrokerMessage>();
        var both = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _subscriptions.Add(await broker.SubscribeAsync(
            "t",
            NoMetadata,
            (delivery, _) =>
            {
                lock (deliveries)
                {
                    deliveries.Add(delivery.Message);
                    if (deliveries.Count == 2)
                        both.SetResult();
                }

                return Task.CompletedTask;
            },
            default));
        await both.Task.WaitAsync(TimeSpan.FromSeconds(20));
        var first = deliveries.Single(message => message.Metadata.Count == 1);
        Assert.Equal("{\"id\":\"1\"}", Encoding.UTF8.GetString(first.Data.Span));
        Assert.Equal("bar", first.Metadata["foo"]);

        await broker.PublishAsync("out", new BrokerMessage("x"u8.ToArray(), "text/plain", new Dictionary<string, string> { ["ttlInSeconds"] = "5" }), default);
        var entry = Assert.Single(await database.StreamRangeAsync("out"));
        Assert.Equal(["data=x", "metadata={\"ttlInSeconds\":\"5\"}"], entry.Values.Select(value => $"{value.Name}={value.Value}"));
        var group = Assert.Single(await database.StreamGroupInfoAsync("t"));
        Assert.Equal("orders", group.Name);
        await Eventually.TrueAsync(() => database.StreamPending("t", "orders").PendingMessageCount == 0);
    }

    [Fact]
    public async Task What_a_dead_consumer_took_comes_again_after_the_processing_timeout()
    {
        await using var client = await _server.OpenClientAsync();
        var database = client.GetDatabase();
        var broker = await OpenAsync("orders", ("processingTimeout", "500ms"), ("redeliverInterval", "100ms"));
        await database.ExecuteAsync("XGROUP", "CREATE", "t", "orders", "0", "MKSTREAM");
        for (var i = 0; i < 25; i++)
            await PublishAsync(broker, $"{i}");
        // A sidecar that was killed right after it took them.
        var taken = await database.StreamReadGroupAsync("t", "orders", "orders", ">", 25);
        Assert.Equal(25, taken.Length);
        // An entry that the limit of the stream removed meanwhile must not stand in the way.
        await database.StreamDeleteAsync("t", [taken[3].Id]);

        var inbox = await SubscribeAsync(broker);
        await Eventually.TrueAsync(() => inbox.Received.Distinct().Count() == 24);
        Assert.Equal(Enumerable.Range(0, 25).Except([3]), inbox.Received.Distinct().Select(int.Parse).Order());
        await Eventually.TrueAsync(() => database.StreamPending("t", "orders").PendingMessageCount == 0);
    }

    [Fact]
    public async Task No_more_than_the_set_number_is_in_flight_all_topics_together()
    {
        var broker = await OpenAsync("app", ("concurrency", "2"));
        var (inFlight, most) = (0, 0);
        async Task Handle(string text)
        {
            var now = Interlocked.Increment(ref inFlight);
            InterlockedMax(ref most, now);
            await Task.Delay(5);
            Interlocked.Decrement(ref inFlight);
        }

        var a = await SubscribeAsync(broker, "a", Handle);
        var b = await SubscribeAsync(broker, "b", Handle);
        await Task.WhenAll(Enumerable.Range(0, 20).SelectMany(i => new[] { PublishAsync(broker, $"{i}", "a"), PublishAsync(broker, $"{i}", "b") }));
        await a.WaitAsync(20);
        await b.WaitAsync(20);
        Assert.Equal(2, most);
    }

    [Fact]
    public async Task Streams_are_cut_roughly_where_the_setting_says()
    {
        var broker = await OpenAsync("app", ("maxLenApprox", "100"));
        for (var batch = 0; batch < 10; batch++)
            await Task.WhenAll(Enumerable.Range(0, 100).Select(i => PublishAsync(broker, $"{i}")));
        await using var client = await _server.OpenClientAsync();
        // Whole nodes of a hundred entries go at a time.
        Assert.InRange(await client.GetDatabase().StreamLengthAsync("t"), 100, 300);
    }

    [Fact]
    public async Task What_was_acknowledged_to_the_publisher_comes_after_the_server_was_killed_and_subscriptions_go_on()
    {
        var broker = await OpenAsync("app", ("readTimeout", "10s"), ("processingTimeout", "1s"), ("redeliverInterval", "200ms"));
        var publisher = await OpenAsync("publisher", ("readTimeout", "10s"));
        var inbox = await SubscribeAsync(broker);
        await PublishAsync(publisher, "before");
        await inbox.WaitAsync(1);
        await inbox.Subscription.DisposeAsync();
        for (var i = 0; i < 20; i++)
            await PublishAsync(publisher, $"{i}");
        var living = await SubscribeAsync(publisher, "other");
        await _server.KillAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => PublishAsync(publisher, "lost"));
        await _server.StartAsync();

        // The broker of this subscription and the one that lived through the restart.
        var after = await SubscribeAsync(broker);
        Assert.Equal(Enumerable.Range(0, 20), (await after.WaitAsync(20)).Select(int.Parse).Order());
        await PublishAsync(publisher, "alive", "other");
        Assert.Equal(["alive"], await living.WaitAsync(1));
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); value > seen; seen = Volatile.Read(ref target))
        {
            if (Interlocked.CompareExchange(ref target, value, seen) == seen)
                return;
        }
    }

    private Task<IPubSub> OpenAsync(string appId, params (string Name, string Value)[] settings) =>
        _bed.OpenAsync<IPubSub>(new DriverSpec("pubsub.redis", [("redisHost", _server.Host), .. settings]), appId);

    private async Task<Inbox> SubscribeAsync(IPubSub broker, string topic = "t", Func<string, Task>? handle = null)
    {
        var inbox = new Inbox(handle);
        inbox.Subscription = await broker.SubscribeAsync(topic, NoMetadata, inbox.HandleAsync, default);
        _subscriptions.Add(inbox.Subscription);
        return inbox;
    }
}
