using System.Threading.Channels;
using Confluent.Kafka;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>
/// A partition while it is ours: hands its messages to the app one batch after the other, in their order, each until it is done.
/// </summary>
internal sealed class KafkaPartition : IDisposable
{
    private static readonly TimeSpan PauseAfterCut = TimeSpan.FromMilliseconds(100);
    private readonly TopicPartition _name;
    private readonly KafkaSettings _settings;
    private readonly KafkaRecords _records;
    private readonly Func<string, KafkaSubscription?> _subscriber;
    private readonly Action<ConsumeResult<byte[]?, byte[]?>> _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<ConsumeResult<byte[]?, byte[]?>> _queue =
        Channel.CreateUnbounded<ConsumeResult<byte[]?, byte[]?>>(new UnboundedChannelOptions { SingleWriter = true });
    private readonly CancellationTokenSource _leaving = new();
    private readonly Lock _storing = new();
    private bool _isGivenUp;

    /// <param name="name">Topic and number.</param>
    /// <param name="settings">The component's.</param>
    /// <param name="records">How records become messages.</param>
    /// <param name="subscriber">Who has the topic's messages now; null for nobody.</param>
    /// <param name="store">Marks a record, and all before it, to be committed.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where failures are reported.</param>
    public KafkaPartition(
        TopicPartition name,
        KafkaSettings settings,
        KafkaRecords records,
        Func<string, KafkaSubscription?> subscriber,
        Action<ConsumeResult<byte[]?, byte[]?>> store,
        TimeProvider time,
        ILogger logger)
    {
        (_name, _settings, _records, _subscriber, _store, _time, _logger) = (name, settings, records, subscriber, store, time, logger);
        Completion = Task.Run(DeliverAsync);
    }

    /// <summary>Whether as many messages wait as may.</summary>
    public bool IsFull => _queue.Reader.Count >= _settings.Buffer;

    /// <summary>Whether so few wait that more should come.</summary>
    public bool IsDrained => _queue.Reader.Count <= _settings.Buffer / 2;

    /// <summary>Whether the consumer has been told to fetch no more for it.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Ends after <see cref="Leave"/>, with the delivery under way.</summary>
    public Task Completion { get; }

    /// <summary>Another message.</summary>
    public void Add(ConsumeResult<byte[]?, byte[]?> result) => _queue.Writer.TryWrite(result);

    /// <summary>Begins no further delivery.</summary>
    public void Leave() => _leaving.Cancel();

    /// <summary>Marks nothing any more: what ends now is another member's as well.</summary>
    public void GiveUp()
    {
        lock (_storing)
            _isGivenUp = true;
    }

    /// <summary>To be called once it has completed.</summary>
    public void Dispose() => _leaving.Dispose();

    private async Task DeliverAsync()
    {
        try
        {
            var batch = new List<ConsumeResult<byte[]?, byte[]?>>();
            while (true)
            {
                batch.Add(await _queue.Reader.ReadAsync(_leaving.Token));
                await FillAsync(batch);
                await DeliverAsync(batch);
                batch.Clear();
            }
        }
        catch (OperationCanceledException)
        {
            // The partition goes; what was not done comes to whoever has it next.
        }
    }

    private async Task FillAsync(List<ConsumeResult<byte[]?, byte[]?>> batch)
    {
        if (await SubscriberAsync() is not { MostMessages: > 1 } subscriber)
            return;
        using var limit = new CancellationTokenSource(subscriber.LongestWait, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _leaving.Token);
        try
        {
            while (batch.Count < subscriber.MostMessages)
                batch.Add(await _queue.Reader.ReadAsync(end.Token));
        }
        catch (OperationCanceledException) when (!_leaving.IsCancellationRequested)
        {
            // Full enough.
        }
    }

    /// <summary>Delivers a batch until all of it is done; what was done of it comes again with the rest, as in Dapr.</summary>
    private async Task DeliverAsync(List<ConsumeResult<byte[]?, byte[]?>> batch)
    {
        var deliveries = batch.ConvertAll(_records.Read);
        var began = _time.GetTimestamp();
        for (var retries = 0; ;)
        {
            var failure = await (await SubscriberAsync()).DeliverAsync(deliveries, count => Store(batch[count - 1]));
            if (failure is null)
                return;
            if (failure is OperationCanceledException)
            {
                // Not refused, but interrupted: by the end of its subscription, or of a stream.
                await Task.Delay(PauseAfterCut, _time, _leaving.Token);
                continue;
            }

            var pause = _settings.RetriesFailures ? _settings.BackOff.Pause(retries++, _time.GetElapsedTime(began)) : null;
            _logger.LogWarning("{Partition}, message {Offset} is not handled: {Error}", _name, batch[0].Offset.Value, failure.Message);
            if (pause is null && _settings.IsStrict)
            {
                _logger.LogError("{Partition}, message {Offset} is passed over after the last try", _name, batch[0].Offset.Value);
                return;
            }

            await Task.Delay(pause ?? _settings.BackOff.Longest, _time, _leaving.Token);
        }
    }

    /// <summary>Between the end of a subscription and the next one there is nobody for a moment.</summary>
    private async ValueTask<KafkaSubscription> SubscriberAsync()
    {
        while (true)
        {
            _leaving.Token.ThrowIfCancellationRequested();
            if (_subscriber(_name.Topic) is { } subscriber)
                return subscriber;
            await Task.Delay(PauseAfterCut, _time, _leaving.Token);
        }
    }

    private void Store(ConsumeResult<byte[]?, byte[]?> result)
    {
        // Never while the consumer behind it goes.
        lock (_storing)
        {
            if (!_isGivenUp)
                _store(result);
        }
    }
}
