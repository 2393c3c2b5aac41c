using Microsoft.Extensions.Logging.Abstractions;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Components.PubSub;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.PubSub;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.PubSub;

/// <summary>A broker that is away at the moment the app is ready.</summary>
public sealed class SubscriptionRetryTests
{
    [Fact]
    public async Task A_subscription_that_cannot_be_made_is_made_later_and_the_others_do_not_wait_for_it()
    {
        var broker = new AbsentAtFirst();
        await using var bed = new SidecarBed(types: BuildingBlocks.DefaultComponentTypes().Add("pubsub.absent", _ => broker));
        bed.Resource("pubsub.yaml", SidecarBed.Component("pubsub", "pubsub.absent"));
        var subscriber = new Subscriber(_ => 200);
        var sidecar = await bed.StartSidecarAsync("orders", await bed.StartAppAsync(subscriber.Map("late", "prompt")));

        await sidecar.Client.PublishEventAsync("pubsub", "prompt", "1");
        Assert.Single(await subscriber.WaitAsync("/prompt", 1));
        await Eventually.TrueAsync(() => broker.HasCome);
        await sidecar.Client.PublishEventAsync("pubsub", "late", "2");
        Assert.Single(await subscriber.WaitAsync("/late", 1));
        Assert.Single(subscriber.Of("/prompt"));
    }

    /// <summary>Refuses the first two subscriptions to a topic.</summary>
    private sealed class AbsentAtFirst : IPubSub
    {
        private readonly InMemoryPubSub _broker = new(NullLogger.Instance);
        private int _tries;

        public bool HasCome { get; private set; }

        public Task InitAsync(CancellationToken cancellation) => Task.CompletedTask;

        public Task PublishAsync(string topic, BrokerMessage message, CancellationToken cancellation) =>
            _broker.PublishAsync(topic, message, cancellation);

        public async Task<IAsyncDisposable> SubscribeAsync(
            string topic, IReadOnlyDictionary<string, string> metadata, DeliveryHandler handler, CancellationToken cancellation)
        {
            if (topic != "late")
                return await _broker.SubscribeAsync(topic, metadata, handler, cancellation);
            if (++_tries <= 2)
                throw new IOException("nobody listens");
            var subscription = await _broker.SubscribeAsync(topic, metadata, handler, cancellation);
            HasCome = true;
            return subscription;
        }

        public ValueTask DisposeAsync() => _broker.DisposeAsync();
    }
}
