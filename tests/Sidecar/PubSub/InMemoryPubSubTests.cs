using static NexusCart.Tests.Sidecar.PubSub.PubSubDriverFixture;

namespace NexusCart.Tests.Sidecar.PubSub;

public sealed class InMemoryPubSubTests
{
    [Fact]
    public async Task Reaches_its_own_sidecar_only_in_order_and_one_at_a_time()
    {
        await using var fixture = new PubSubDriverFixture();
        var broker = await fixture.OpenAsync(type: "pubsub.in-memory");
        var other = await fixture.SubscribeAsync(await fixture.OpenAsync(type: "pubsub.in-memory"));
        var inFlight = 0;
        var subscriber = await fixture.SubscribeAsync(broker, handle: async _ =>
        {
            Assert.Equal(1, Interlocked.Increment(ref inFlight));
            await Task.Yield();
            Interlocked.Decrement(ref inFlight);
        });
        for (var i = 0; i < 20; i++)
            await PublishAsync(broker, $"{i}");

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), await subscriber.WaitAsync(20));
        Assert.Empty(other.Received);
    }

    [Fact]
    public async Task What_is_refused_is_lost_and_the_next_one_comes()
    {
        await using var fixture = new PubSubDriverFixture();
        var broker = await fixture.OpenAsync(type: "pubsub.in-memory");
        var subscriber = await fixture.SubscribeAsync(
            broker, handle: text => text == "bad" ? throw new InvalidOperationException("no") : Task.CompletedTask);
        await PublishAsync(broker, "bad");
        await PublishAsync(broker, "good");
        Assert.Equal(["bad", "good"], await subscriber.WaitAsync(2));
    }

    [Fact]
    public async Task A_handler_may_publish_to_its_own_topic()
    {
        await using var fixture = new PubSubDriverFixture();
        var broker = await fixture.OpenAsync(type: "pubsub.in-memory");
        var subscriber = await fixture.SubscribeAsync(
            broker, handle: text => text == "1" ? PublishAsync(broker, "2") : Task.CompletedTask);
        await PublishAsync(broker, "1");
        Assert.Equal(["1", "2"], await subscriber.WaitAsync(2));
    }

    [Fact]
    public async Task A_wildcard_takes_what_begins_alike()
    {
        await using var fixture = new PubSubDriverFixture();
        var broker = await fixture.OpenAsync(type: "pubsub.in-memory");
        var subscriber = await fixture.SubscribeAsync(broker, topic: "w.*");
        await PublishAsync(broker, "no", "w.");
        await PublishAsync(broker, "no", "x.a");
        await PublishAsync(broker, "1", "w.a");
        await PublishAsync(broker, "2", "w.*");
        Assert.Equal(["1", "2"], await subscriber.WaitAsync(2));
    }
}
