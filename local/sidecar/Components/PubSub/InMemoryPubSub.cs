using System.Threading.Channels;
using NexusCart.Sidecar.PubSub;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>
/// <c>pubsub.in-memory</c>: reaches the subscribers of its own sidecar only, one message of a topic at a time; what a subscriber
/// refuses is logged and lost. A topic that ends in <c>*</c> takes everything that begins alike.
/// </summary>
/// <remarks>
/// In Dapr a publisher waits while the message before is being handled, and a handler that publishes to its own topic waits for
/// ever. Here messages queue up instead, and a publisher waits only while a subscription has 10,000 of them before it.
/// </remarks>
public sealed class InMemoryPubSub(ILogger logger) : IPubSub
{
    /// <summary>Messages that may wait for one subscription.</summary>
    internal const int QueueLimit = 10_000;

    private readonly Lock _lock = new();
    private readonly List<Subscription> _subscriptions = [];
    private bool _closed;

    /// <inheritdoc/>
    public IReadOnlyList<string> Capabilities { get; } = ["SUBSCRIBE_WILDCARDS"];

    /// <inheritdoc/>
    public Task InitAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task PublishAsync(string topic, BrokerMessage message, CancellationToken cancellation)
    {
        List<Subscription>? full = null;
        lock (_lock)
        {
            if (_closed)
                return Task.FromException(new InvalidOperationException("component is closed"));
            foreach (var subscription in _subscriptions)
            {
                if (subscription.Takes(topic) && !subscription.TryEnqueue(message))
                    (full ??= []).Add(subscription);
            }
        }

        return full is null ? Task.CompletedTask : Task.WhenAll(full.Select(subscription => subscription.EnqueueAsync(message, cancellation)));
    }

    /// <inheritdoc/>
    public Task<IAsyncDisposable> SubscribeAsync(
        string topic,
        IReadOnlyDictionary<string, string> metadata,
        DeliveryHandler handler,
        CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_closed)
                return Task.FromException<IAsyncDisposable>(new InvalidOperationException("component is closed"));
            var subscription = new Subscription(this, topic, handler, logger);
            _subscriptions.Add(subscription);
            return Task.FromResult<IAsyncDisposable>(subscription);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Subscription[] open;
        lock (_lock)
        {
            _closed = true;
            open = [.. _subscriptions];
        }

        foreach (var subscription in open)
            await subscription.DisposeAsync();
    }

    private sealed class Subscription : IAsyncDisposable
    {
        private readonly InMemoryPubSub _owner;
        private readonly string _topic;
        private readonly DeliveryHandler _handler;
        private readonly ILogger _logger;
        private readonly Channel<BrokerMessage> _queue =
            Channel.CreateBounded<BrokerMessage>(new BoundedChannelOptions(QueueLimit) { SingleReader = true });
        private readonly CancellationTokenSource _closing = new();
        private readonly Task _deliveries;

        public Subscription(InMemoryPubSub owner, string topic, DeliveryHandler handler, ILogger logger)
        {
            (_owner, _topic, _handler, _logger) = (owner, topic, handler, logger);
            _deliveries = DeliverAsync();
        }

        public bool Takes(string topic) =>
            topic == _topic
            || (_topic.EndsWith('*') && topic.Length > _topic.Length - 1 && topic.StartsWith(_topic[..^1], StringComparison.Ordinal));

        /// <summary>False when the queue is full.</summary>
        public bool TryEnqueue(BrokerMessage message) => _queue.Writer.TryWrite(message);

        public async Task EnqueueAsync(BrokerMessage message, CancellationToken cancellation)
        {
            try
            {
                await _queue.Writer.WriteAsync(message, cancellation);
            }
            catch (ChannelClosedException)
            {
                // The subscription has ended meanwhile: nobody is left to have it.
            }
        }

        public async ValueTask DisposeAsync()
        {
            lock (_owner._lock)
                _owner._subscriptions.Remove(this);
            if (_queue.Writer.TryComplete())
                await _closing.CancelAsync();
            await _deliveries;
        }

        private async Task DeliverAsync()
        {
            // Not on the thread of whoever subscribes.
            await Task.Yield();
            await foreach (var message in _queue.Reader.ReadAllAsync(CancellationToken.None))
            {
                // What has not begun when the subscription ends is lost, as everything in memory is.
                if (_closing.IsCancellationRequested)
                    break;
                try
                {
                    // Subscribers of a wildcard see their own topic, as in Dapr.
                    await _handler(new BrokerDelivery(_topic, message), CancellationToken.None);
                }
                catch (Exception e)
                {
                    _logger.LogError("a message of topic {Topic} was not handled and is lost: {Error}", _topic, e.Message);
                }
            }
        }
    }
}
