using Confluent.Kafka;
using NexusCart.Sidecar.PubSub;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>
/// <c>pubsub.kafka</c>: a record per message, the app's consumer group for all its topics; either runtime delivers what the other
/// published. Messages of a partition are handled one after the other, and one that is refused holds its partition.
/// </summary>
/// <remarks>
/// A publish ends when all replicas in sync have the message. Offsets are committed once the app has answered, so a sidecar that dies
/// leaves at most doubles. Unlike Dapr, a message that may not be tried again (<c>consumeRetryEnabled: false</c>,
/// <c>backOffMaxRetries</c>) is not passed over, and a new group remembers where it began: with <c>--strict</c> both are as in Dapr.
/// </remarks>
internal sealed class KafkaPubSub : IBulkPubSub
{
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseBetweenQuestions = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan CreationPatience = TimeSpan.FromSeconds(5);
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly KafkaSettings _settings;
    private readonly KafkaRecords _records;
    private readonly KafkaGroupMember _member;
    private readonly SemaphoreSlim _gate = new(1);
    private IProducer<byte[]?, byte[]?>? _producer;
    private IAdminClient? _admin;

    public KafkaPubSub(ComponentContext context)
    {
        (_logger, _time) = (context.Logger, context.Cluster.Time);
        _settings = new KafkaSettings(context);
        _records = new KafkaRecords(_settings);
        _member = new KafkaGroupMember(_settings, _records, _time, _logger);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Capabilities { get; } = ["BULK_PUBSUB"];

    /// <inheritdoc/>
    public bool PublishesInBulk => true;

    /// <inheritdoc/>
    public async Task InitAsync(CancellationToken cancellation)
    {
        var log = new KafkaLog(_logger, _time);
        _producer = new ProducerBuilder<byte[]?, byte[]?>(_settings.ToProducer())
            .SetLogHandler((_, line) => log.Write(line))
            .SetErrorHandler((_, error) => log.Write(error))
            .Build();
        _admin = new DependentAdminClientBuilder(_producer.Handle).Build();
        // The client itself would be content to wait for ever.
        await AskAsync(admin => admin.GetMetadata(Slice).Brokers.Count > 0, cancellation);
    }

    /// <inheritdoc/>
    public async Task PublishAsync(string topic, BrokerMessage message, CancellationToken cancellation)
    {
        var (target, record) = _records.Write(topic, message);
        var result = await _producer!.ProduceAsync(target, record, cancellation);
        if (result.Status != PersistenceStatus.Persisted)
            throw new KafkaException(new Error(ErrorCode.Unknown, $"the message is {result.Status}"));
    }

    /// <inheritdoc/>
    public Task<IAsyncDisposable> SubscribeAsync(
        string topic, IReadOnlyDictionary<string, string> metadata, DeliveryHandler handler, CancellationToken cancellation) =>
        SubscribeAsync(metadata, new KafkaSubscription(topic, handler), cancellation);

    /// <inheritdoc/>
    public Task<IAsyncDisposable> SubscribeBulkAsync(
        string topic,
        IReadOnlyDictionary<string, string> metadata,
        BulkDeliveryHandler handler,
        int mostMessages,
        TimeSpan longestWait,
        CancellationToken cancellation) =>
        SubscribeAsync(metadata, new KafkaSubscription(topic, handler, mostMessages, longestWait), cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _member.DisposeAsync();
        // A question under way would outlive the client.
        await _gate.WaitAsync();
        if (_producer is { } producer)
        {
            await Task.Run(() =>
            {
                producer.Flush(Slice);
                _admin?.Dispose();
                producer.Dispose();
            });
        }

        _gate.Dispose();
    }

    private async Task<IAsyncDisposable> SubscribeAsync(
        IReadOnlyDictionary<string, string> metadata, KafkaSubscription subscription, CancellationToken cancellation)
    {
        KafkaRecords.RefuseSchema(metadata);
        await CreateAsync(subscription.Topic, cancellation);
        await _member.JoinAsync(subscription, cancellation);
        return new Leaving(_member, subscription);
    }

    /// <summary>Has the broker make the topic, where it does that by itself: a consumer would see a new one only minutes later.</summary>
    private async Task CreateAsync(string topic, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(CreationPatience);
        try
        {
            await AskAsync(admin => admin.GetMetadata(topic, Slice).Topics is [{ Error.Code: ErrorCode.NoError, Partitions.Count: > 0 }], limit.Token);
        }
        catch (TimeoutException e) when (!cancellation.IsCancellationRequested)
        {
            _logger.LogWarning("topic {Topic} is not there yet: {Error}", topic, e.Message);
        }
    }

    /// <summary>Asks the brokers until the answer is yes, in slices, because a call that waits cannot be ended.</summary>
    private async Task AskAsync(Func<IAdminClient, bool> question, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            Exception? failure = null;
            while (!cancellation.IsCancellationRequested)
            {
                try
                {
                    if (await Task.Run(() => question(_admin!), CancellationToken.None))
                        return;
                }
                catch (KafkaException e)
                {
                    failure = e;
                }

                await Task.Delay(PauseBetweenQuestions, cancellation).ContinueWith(_ => { }, TaskScheduler.Default);
            }

            throw new TimeoutException(failure?.Message ?? "the brokers do not have it", failure);
        }
        finally
        {
            _gate.Release();
        }
    }

    private sealed class Leaving(KafkaGroupMember member, KafkaSubscription subscription) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await member.LeaveAsync(subscription);
    }
}
