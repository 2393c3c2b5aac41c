using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Sidecar.PubSub;
using static NexusCart.Tests.Sidecar.PubSub.PubSubDriverFixture;

namespace NexusCart.Tests.Sidecar.PubSub;

public sealed class EmbeddedPubSubTests
{
    [Fact]
    public async Task Every_app_gets_its_copy()
    {
        await using var fixture = new PubSubDriverFixture();
        var publisher = await fixture.OpenAsync("publisher");
        var orders = await fixture.SubscribeAsync(await fixture.OpenAsync("orders"));
        var carts = await fixture.SubscribeAsync(await fixture.OpenAsync("carts"));

        await PublishAsync(publisher, "1");
        await PublishAsync(publisher, "elsewhere", topic: "other");
        await PublishAsync(publisher, "2");

        Assert.Equal(["1", "2"], (await orders.WaitAsync(2)).Order());
        Assert.Equal(["1", "2"], (await carts.WaitAsync(2)).Order());
    }

    [Fact]
    public async Task Replicas_of_one_app_share_its_messages()
    {
        await using var fixture = new PubSubDriverFixture();
        var first = await fixture.OpenAsync();
        var handled = new ConcurrentBag<string>();
        var done = new TaskCompletionSource();
        Task Handle(string text)
        {
            handled.Add(text);
            if (handled.Count == 300)
                done.SetResult();
            return Task.Delay(1);
        }

        var one = await fixture.SubscribeAsync(first, handle: Handle);
        var other = await fixture.SubscribeAsync(await fixture.OpenAsync(), handle: Handle);

        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => PublishAsync(first, $"{i}")));
        await done.Task.WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(300, handled.Distinct().Count());
        Assert.NotEmpty(one.Received);
        Assert.NotEmpty(other.Received);
    }

    [Fact]
    public async Task A_replica_of_its_own_group_gets_everything_from_its_start_and_is_forgotten_when_it_leaves()
    {
        await using var fixture = new PubSubDriverFixture();
        var publisher = await fixture.OpenAsync("publisher");
        await PublishAsync(publisher, "before");
        var a = await fixture.SubscribeAsync(await fixture.OpenAsync("app", metadata: ("consumerID", Guid.NewGuid().ToString())));
        var b = await fixture.SubscribeAsync(await fixture.OpenAsync("app", metadata: ("consumerID", Guid.NewGuid().ToString())));

        await PublishAsync(publisher, "1");
        Assert.Equal(["1"], await a.WaitAsync(1));
        Assert.Equal(["1"], await b.WaitAsync(1));
        await a.Subscription.DisposeAsync();
        await PublishAsync(publisher, "2");
        Assert.Equal(["1", "2"], await b.WaitAsync(2));
        Assert.Equal(["1"], a.Received);

        await fixture.RestartAsync();
        Assert.Equal(0, SqliteFile.Scalar(fixture.File("pubsub.db"), "SELECT count(*) FROM consumer_groups"));
    }

    [Fact]
    public async Task A_known_group_gets_what_was_published_while_it_was_away_also_over_a_restart()
    {
        await using var fixture = new PubSubDriverFixture();
        var subscriber = await fixture.SubscribeAsync(await fixture.OpenAsync("orders"));
        await subscriber.Subscription.DisposeAsync();
        await fixture.RestartAsync();
        var publisher = await fixture.OpenAsync("publisher");
        for (var i = 0; i < 3; i++)
            await PublishAsync(publisher, $"{i}");
        await fixture.RestartAsync();

        subscriber = await fixture.SubscribeAsync(await fixture.OpenAsync("orders"));

        Assert.Equal(["0", "1", "2"], (await subscriber.WaitAsync(3)).Order());
    }

    [Theory]
    [InlineData("newest", "2")]
    [InlineData("oldest", "1,2")]
    public async Task A_new_group_begins_where_it_is_told_to(string offset, string expected)
    {
        await using var fixture = new PubSubDriverFixture();
        var publisher = await fixture.OpenAsync("publisher");
        await PublishAsync(publisher, "1");
        var subscriber = await fixture.SubscribeAsync(await fixture.OpenAsync("late", metadata: ("initialOffset", offset)));
        await PublishAsync(publisher, "2");

        var received = await subscriber.WaitAsync(expected.Split(',').Length);
        Assert.Equal(expected.Split(','), received.Order());
    }

    [Fact]
    public async Task What_is_refused_comes_again_after_pauses_that_grow()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var fixture = new PubSubDriverFixture(time);
        var broker = await fixture.OpenAsync(metadata: [("redeliverInterval", "1s"), ("maxRedeliverInterval", "3s")]);
        var refusals = new SemaphoreSlim(0);
        var subscriber = await fixture.SubscribeAsync(broker, handle: _ =>
        {
            refusals.Release();
            throw new InvalidOperationException("not now");
        });
        await PublishAsync(broker, "1");
        await subscriber.WaitAsync(1);

        var expected = 1;
        foreach (var pause in (int[])[1, 2, 3, 3])
        {
            await refusals.WaitAsync();
            // The redelivery is scheduled right after the handler threw.
            await Eventually.TrueAsync(() => subscriber.Received.Count == expected);
            var before = time.GetUtcNow();
            while (subscriber.Received.Count == expected)
            {
                time.Advance(TimeSpan.FromMilliseconds(100));
                await Task.Delay(2);
            }

            expected++;
            // The timer of the fake clock fires late by the steps it takes here, never early.
            Assert.True(time.GetUtcNow() - before >= TimeSpan.FromSeconds(pause), $"came back {time.GetUtcNow() - before} after refusal {expected - 1}");
        }
    }

    [Fact]
    public async Task An_interrupted_message_goes_to_another_replica_at_once()
    {
        await using var fixture = new PubSubDriverFixture();
        var broker = await fixture.OpenAsync(metadata: ("redeliverInterval", "1h"));
        var interrupted = new TaskCompletionSource();
        var first = await fixture.SubscribeAsync(broker, handle: async _ =>
        {
            await interrupted.Task;
            throw new OperationCanceledException();
        });
        await PublishAsync(broker, "1");
        await first.WaitAsync(1);
        var second = await fixture.SubscribeAsync(await fixture.OpenAsync(metadata: ("redeliverInterval", "1h")));

        var leaving = first.Subscription.DisposeAsync();
        interrupted.SetResult();
        await leaving;

        Assert.Equal(["1"], await second.WaitAsync(1));
    }

    [Fact]
    public async Task Only_what_was_not_acknowledged_comes_again_after_a_restart()
    {
        await using var fixture = new PubSubDriverFixture();
        var broker = await fixture.OpenAsync();
        var subscriber = await fixture.SubscribeAsync(broker, handle: text =>
            int.Parse(text, null) % 2 == 0 ? Task.CompletedTask : throw new InvalidOperationException("odd"));
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => PublishAsync(broker, $"{i}")));
        await Eventually.TrueAsync(() => subscriber.Received.Distinct().Count() == 10);
        await fixture.RestartAsync();

        var again = await fixture.SubscribeAsync(await fixture.OpenAsync());

        Assert.Equal(["1", "3", "5", "7", "9"], (await again.WaitAsync(5)).Order());
        await PublishAsync(await fixture.OpenAsync("publisher"), "10");
        Assert.Equal(6, (await again.WaitAsync(6)).Count);
    }

    [Fact]
    public async Task Deliveries_in_flight_are_limited()
    {
        await using var fixture = new PubSubDriverFixture();
        var broker = await fixture.OpenAsync(metadata: ("concurrency", "3"));
        var (inFlight, most) = (0, 0);
        var gate = new SemaphoreSlim(0);
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var subscriber = await fixture.SubscribeAsync(broker, handle: async _ =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref inFlight));
            if (Volatile.Read(ref most) >= 3)
                full.TrySetResult();
            await gate.WaitAsync();
            Interlocked.Decrement(ref inFlight);
        });
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => PublishAsync(broker, $"{i}")));

        await full.Task.WaitAsync(TimeSpan.FromSeconds(30));
        gate.Release(20);
        await subscriber.WaitAsync(20);

        Assert.Equal(3, most);
    }

    [Fact]
    public async Task A_backlog_larger_than_memory_holds_is_read_from_the_log_and_then_removed()
    {
        await using var fixture = new PubSubDriverFixture();
        var subscriber = await fixture.SubscribeAsync(await fixture.OpenAsync());
        await subscriber.Subscription.DisposeAsync();
        var publisher = await fixture.OpenAsync("publisher");
        var text = new string('x', 4000);
        await Task.WhenAll(Enumerable.Range(0, 5000).Select(i => PublishAsync(publisher, $"{i}-{text}")));

        subscriber = await fixture.SubscribeAsync(await fixture.OpenAsync());

        var received = await subscriber.WaitAsync(5000);
        Assert.Equal(5000, received.Distinct().Count());
        await subscriber.Subscription.DisposeAsync();
        await Eventually.TrueAsync(() => SqliteFile.Scalar(fixture.File("pubsub.db"), "SELECT count(*) FROM messages") is 0);
    }

    [Fact]
    public async Task A_topic_nobody_reads_keeps_only_the_newest()
    {
        await using var fixture = new PubSubDriverFixture();
        var publisher = await fixture.OpenAsync(metadata: ("unclaimedLimit", "10"));
        for (var i = 0; i < 50; i++)
            await PublishAsync(publisher, $"{i}");
        await Eventually.TrueAsync(() => SqliteFile.Scalar(fixture.File("pubsub.db"), "SELECT count(*) FROM messages") is 10);

        var late = await fixture.SubscribeAsync(await fixture.OpenAsync("late", metadata: ("initialOffset", "oldest")));
        Assert.Equal(Enumerable.Range(40, 10).Select(i => $"{i}"), (await late.WaitAsync(10)).Order());
    }

    [Fact]
    public async Task Nothing_is_lost_while_replicas_come_and_go_and_refuse()
    {
        await using var fixture = new PubSubDriverFixture();
        var publisher = await fixture.OpenAsync("publisher");
        var handled = new ConcurrentDictionary<string, bool>();
        var random = new Random(7);
        Task Handle(string text)
        {
            int dice;
            lock (random)
                dice = random.Next(10);
            if (dice == 0)
                throw new InvalidOperationException("refused");
            if (dice == 1)
                throw new OperationCanceledException();
            handled[text] = true;
            return Task.CompletedTask;
        }

        var members = new Queue<Inbox>();
        members.Enqueue(await fixture.SubscribeAsync(await fixture.OpenAsync("orders"), handle: Handle));
        for (var round = 0; round < 20; round++)
        {
            var publishing = Task.WhenAll(Enumerable.Range(0, 50).Select(i => PublishAsync(publisher, $"{round}-{i}")));
            members.Enqueue(await fixture.SubscribeAsync(await fixture.OpenAsync("orders"), handle: Handle));
            await members.Dequeue().Subscription.DisposeAsync();
            await publishing;
        }

        await Eventually.TrueAsync(() => handled.Count == 1000);
    }

    [Fact]
    public async Task Metadata_and_bytes_survive()
    {
        await using var fixture = new PubSubDriverFixture();
        var broker = await fixture.OpenAsync();
        var subscription = await broker.SubscribeAsync("t", new Dictionary<string, string>(), (_, _) => Task.CompletedTask, default);
        await subscription.DisposeAsync();
        var bytes = new byte[] { 0, 255, 1, 2 };
        await broker.PublishAsync("t", new BrokerMessage(bytes, "x/y", new Dictionary<string, string> { ["a"] = "ä" }), default);
        await fixture.RestartAsync();

        var received = new TaskCompletionSource<BrokerDelivery>();
        await using var again = await (await fixture.OpenAsync()).SubscribeAsync("t", new Dictionary<string, string>(), (delivery, _) =>
        {
            received.SetResult(delivery);
            return Task.CompletedTask;
        }, default);
        var message = (await received.Task.WaitAsync(TimeSpan.FromSeconds(10))).Message;
        Assert.Equal(bytes, message.Data.ToArray());
        Assert.Equal("x/y", message.ContentType);
        Assert.Equal("ä", message.Metadata["a"]);
    }

    [Fact]
    public async Task An_unknown_offset_is_refused_by_name()
    {
        await using var fixture = new PubSubDriverFixture();
        var error = await Assert.ThrowsAsync<ArgumentException>(() => fixture.OpenAsync(metadata: ("initialOffset", "middle")));
        Assert.Contains("initialOffset", error.Message, StringComparison.Ordinal);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = target; seen < value; seen = target)
            Interlocked.CompareExchange(ref target, value, seen);
    }
}
