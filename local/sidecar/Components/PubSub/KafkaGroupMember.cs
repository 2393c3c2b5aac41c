using Confluent.Kafka;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>
/// The component's one member of its consumer group, for all its topics. A thread of its own polls, so that the group keeps the member
/// however long the app takes; it exists while there is a subscription.
/// </summary>
internal sealed class KafkaGroupMember(KafkaSettings settings, KafkaRecords records, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LeavePatience = TimeSpan.FromSeconds(10);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<KafkaSubscription>> _topics = new(StringComparer.Ordinal);
    private readonly List<(long Change, TaskCompletionSource Seen)> _leaving = [];
    private long _change;
    private bool _isRunning;

    /// <summary>Number of the last change to what is wanted.</summary>
    internal long Change => Interlocked.Read(ref _change);

    /// <summary>Takes a subscription in; when it returns its messages come, or as soon as the brokers let them.</summary>
    public async Task JoinAsync(KafkaSubscription subscription, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (!_topics.TryGetValue(subscription.Topic, out var subscribers))
                _topics[subscription.Topic] = subscribers = [];
            subscribers.Add(subscription);
            subscription.Change = ++_change;
            if (!_isRunning)
            {
                _isRunning = true;
                new Thread(Run) { IsBackground = true, Name = "kafka " + settings.Group }.Start();
            }
        }

        try
        {
            await subscription.Joined.Task.WaitAsync(JoinPatience, cancellation);
        }
        catch (TimeoutException)
        {
            logger.LogWarning("topic {Topic}: group {Group} has not been joined yet", subscription.Topic, settings.Group);
        }
        catch (OperationCanceledException)
        {
            await LeaveAsync(subscription);
            throw;
        }
    }

    /// <summary>Ends a subscription after the deliveries under way, with what they have done marked.</summary>
    public async Task LeaveAsync(KafkaSubscription subscription)
    {
        await subscription.CloseAsync();
        Task seen;
        lock (_lock)
        {
            if (!_topics.TryGetValue(subscription.Topic, out var subscribers) || !subscribers.Remove(subscription))
                return;
            if (subscribers.Count == 0)
                _topics.Remove(subscription.Topic);
            var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _leaving.Add((++_change, source));
            seen = source.Task;
        }

        try
        {
            await seen.WaitAsync(LeavePatience);
        }
        catch (TimeoutException)
        {
            logger.LogWarning("topic {Topic}: group {Group} cannot be left in time", subscription.Topic, settings.Group);
        }
    }

    /// <summary>Ends what is left.</summary>
    public async ValueTask DisposeAsync()
    {
        KafkaSubscription[] open;
        lock (_lock)
            open = [.. _topics.Values.SelectMany(subscribers => subscribers)];
        await Task.WhenAll(open.Select(LeaveAsync));
    }

    /// <summary>Whoever subscribed last has the topic's messages; in Dapr a second subscription takes the place of the first.</summary>
    internal KafkaSubscription? SubscriberOf(string topic)
    {
        lock (_lock)
            return _topics.TryGetValue(topic, out var subscribers) ? subscribers[^1] : null;
    }

    /// <summary>The topics that are wanted, and the number of the change that made them so.</summary>
    internal (long Change, HashSet<string> Topics) Wanted()
    {
        lock (_lock)
            return (_change, [.. _topics.Keys]);
    }

    /// <summary>The brokers have shared out what was wanted at a change.</summary>
    internal void HaveJoined(long change, Func<string, bool> topics)
    {
        lock (_lock)
        {
            foreach (var subscription in _topics.Values.SelectMany(subscribers => subscribers))
            {
                if (subscription.Change <= change && topics(subscription.Topic))
                    subscription.Joined.TrySetResult();
            }
        }
    }

    /// <summary>The consumer has been told of what was wanted at a change.</summary>
    internal void HasSeen(long change)
    {
        lock (_lock)
        {
            foreach (var (_, seen) in _leaving.Where(waiting => waiting.Change <= change))
                seen.TrySetResult();
            _leaving.RemoveAll(waiting => waiting.Change <= change);
        }
    }

    private void Run()
    {
        while (true)
        {
            long change = 0;
            try
            {
                var consumer = new KafkaConsumer(this, settings, records, time, logger);
                change = consumer.PollWhileWanted(PollTime);
            }
            catch (Exception e)
            {
                // Whatever it was: without this thread the app would hear nothing any more.
                logger.LogError("group {Group}: the consumer is broken and is made anew: {Error}", settings.Group, e.Message);
                Thread.Sleep(settings.ReconnectPause);
            }

            lock (_lock)
            {
                // Nobody may have come while the consumer closed.
                if (_topics.Count == 0)
                {
                    _isRunning = false;
                    foreach (var (_, seen) in _leaving)
                        seen.TrySetResult();
                    _leaving.Clear();
                    return;
                }
            }

            HasSeen(change);
        }
    }
}
