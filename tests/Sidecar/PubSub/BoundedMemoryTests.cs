using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Sidecar.Components.PubSub;
using NexusCart.Sidecar.PubSub;
using static NexusCart.Tests.Sidecar.PubSub.PubSubDriverFixture;

namespace NexusCart.Tests.Sidecar.PubSub;

/// <summary>What brokers keep in memory and on disk while consumers are slow, or gone.</summary>
public sealed class BoundedMemoryTests
{
    private static readonly Dictionary<string, string> NoMetadata = [];

    [Fact]
    public async Task A_slow_group_reads_ahead_a_little_and_holds_no_publisher_up()
    {
        const int Messages = 5_000;
        const int Concurrency = 8;
        using var folder = new TemporaryFolder();
        await using var log = new MessageLog(
            folder.File("pubsub.db"), new MessageLogOptions(TimeSpan.Zero, 10_000, TimeSpan.Zero), TimeProvider.System, NullLogger.Instance);
        await log.OpenAsync(CancellationToken.None);
        var gate = new TaskCompletionSource();
        var handled = 0;
        var settings = new GroupSettings("slow", false, false, Concurrency, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        var member = await log.JoinAsync(
            "t",
            settings,
            async (_, _) =>
            {
                await gate.Task;
                Interlocked.Increment(ref handled);
            },
            CancellationToken.None);

        var message = new BrokerMessage(new byte[100], "text/plain", NoMetadata);
        await Task.WhenAll(Enumerable.Range(0, Messages).Select(_ => log.PublishAsync("t", message, CancellationToken.None)));

        Assert.Equal(0, handled);
        // What is being handled, what waits at hand, and the batch that finds no room there.
        Assert.InRange(member.Group.OutstandingCount, Concurrency, Concurrency + 64 + 64 + 1);
        gate.SetResult();
        await Eventually.TrueAsync(() => handled == Messages);
        await log.LeaveAsync(member);
        Assert.Equal(0, member.Group.OutstandingCount);
        Assert.Equal(0, SqliteFile.Scalar(folder.File("pubsub.db"), "SELECT count(*) FROM messages"));
    }

    [Fact]
    public async Task A_group_that_nobody_joins_any_more_is_forgotten_with_its_messages()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var fixture = new PubSubDriverFixture(time);
        (string, string)[] metadata = [("groupRetention", "24h"), ("unclaimedLimit", "0")];
        var broker = await fixture.OpenAsync("app", metadata: metadata);
        var gone = await fixture.SubscribeAsync(broker);
        await gone.Subscription.DisposeAsync();
        await PublishAsync(broker, "1");
        time.Advance(TimeSpan.FromHours(23));
        await fixture.RestartAsync();

        broker = await fixture.OpenAsync("app", metadata: metadata);
        await PublishAsync(broker, "2");
        Assert.Equal(1, SqliteFile.Scalar(fixture.File("pubsub.db"), "SELECT count(*) FROM consumer_groups"));
        time.Advance(TimeSpan.FromHours(2));
        await Eventually.TrueAsync(() =>
        {
            // Each tick of the clock is one round of housekeeping.
            time.Advance(TimeSpan.FromSeconds(1));
            return SqliteFile.Scalar(fixture.File("pubsub.db"), "SELECT (SELECT count(*) FROM consumer_groups) + (SELECT count(*) FROM messages)") is 0;
        });
    }

    [Fact]
    public async Task A_group_with_a_subscriber_is_kept_however_quiet_its_topic()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var fixture = new PubSubDriverFixture(time);
        var broker = await fixture.OpenAsync("app", metadata: ("groupRetention", "24h"));
        var subscriber = await fixture.SubscribeAsync(broker);
        for (var hour = 0; hour < 72; hour++)
            time.Advance(TimeSpan.FromHours(1));
        await subscriber.Subscription.DisposeAsync();
        await PublishAsync(broker, "while it was away");
        time.Advance(TimeSpan.FromHours(12));
        await fixture.RestartAsync();

        var back = await fixture.SubscribeAsync(await fixture.OpenAsync("app", metadata: ("groupRetention", "24h")));
        Assert.Equal(["while it was away"], await back.WaitAsync(1));
    }

    [Fact]
    public async Task A_subscription_that_gathers_gets_as_many_at_once_as_it_waits_for()
    {
        const int Gathers = 50;
        await using var fixture = new PubSubDriverFixture();
        var broker = await fixture.OpenAsync(metadata: ("concurrency", "4"));
        var inFlight = 0;
        var full = new TaskCompletionSource();
        await using var subscription = await broker.SubscribeAsync(
            "t",
            NoMetadata,
            (_, _) =>
            {
                if (Interlocked.Increment(ref inFlight) == Gathers)
                    full.SetResult();
                return full.Task;
            },
            Gathers,
            CancellationToken.None);
        for (var i = 0; i < Gathers; i++)
            await PublishAsync(broker, $"{i}");
        await full.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task In_memory_a_publisher_waits_while_the_queue_is_full()
    {
        await using var fixture = new PubSubDriverFixture();
        var broker = await fixture.OpenAsync(type: "pubsub.in-memory");
        var begun = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        var subscriber = await fixture.SubscribeAsync(broker, handle: _ =>
        {
            begun.TrySetResult();
            return gate.Task;
        });
        await PublishAsync(broker, "under way");
        await begun.Task;
        for (var i = 0; i < InMemoryPubSub.QueueLimit; i++)
            Assert.True(PublishAsync(broker, "waits").IsCompletedSuccessfully);

        var held = PublishAsync(broker, "last");
        Assert.False(held.IsCompleted);
        gate.SetResult();
        await held.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("last", (await subscriber.WaitAsync(InMemoryPubSub.QueueLimit + 2))[^1]);
    }
}
