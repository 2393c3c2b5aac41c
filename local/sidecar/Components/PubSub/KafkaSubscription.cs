using NexusCart.Sidecar.PubSub;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>Who wants a topic's messages, one by one or in batches, and which deliveries to it are under way.</summary>
internal sealed class KafkaSubscription
{
    private readonly BulkDeliveryHandler _handler;
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _underWay;
    private bool _isClosed;

    public KafkaSubscription(string topic, DeliveryHandler handler)
        : this(topic, OneByOne(handler), mostMessages: 1, TimeSpan.Zero)
    {
    }

    public KafkaSubscription(string topic, BulkDeliveryHandler handler, int mostMessages, TimeSpan longestWait) =>
        (Topic, _handler, MostMessages, LongestWait) = (topic, handler, mostMessages, longestWait);

    /// <summary>The topic.</summary>
    public string Topic { get; }

    /// <summary>Most messages of a batch.</summary>
    public int MostMessages { get; }

    /// <summary>How long a batch waits to fill up.</summary>
    public TimeSpan LongestWait { get; }

    /// <summary>Number of the change to the member's topics that brought it in.</summary>
    public long Change { get; set; }

    /// <summary>Done when the group has shared out the topic's partitions.</summary>
    public TaskCompletionSource Joined { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Delivers a batch, then says which of it is done, in order: <paramref name="done"/> is called before the delivery counts as ended.
    /// </summary>
    /// <returns>Why the first message that is not done was refused; null when all are done.</returns>
    public async Task<Exception?> DeliverAsync(IReadOnlyList<BrokerDelivery> batch, Action<int> done)
    {
        lock (_lock)
        {
            if (_isClosed)
                return new OperationCanceledException("the subscription is closed");
            _underWay++;
        }

        try
        {
            var verdicts = await _handler(batch, CancellationToken.None);
            var count = verdicts.TakeWhile(verdict => verdict is null).Count();
            if (count > 0)
                done(count);
            return count == batch.Count ? null : verdicts[count];
        }
        catch (Exception e)
        {
            return e;
        }
        finally
        {
            lock (_lock)
            {
                if (--_underWay == 0 && _isClosed)
                    _idle.TrySetResult();
            }
        }
    }

    /// <summary>Takes no more, and ends after the deliveries under way.</summary>
    public Task CloseAsync()
    {
        lock (_lock)
        {
            _isClosed = true;
            if (_underWay == 0)
                _idle.TrySetResult();
        }

        return _idle.Task;
    }

    private static BulkDeliveryHandler OneByOne(DeliveryHandler handler) => async (deliveries, cancellation) =>
    {
        await handler(deliveries[0], cancellation);
        return [null];
    };
}
