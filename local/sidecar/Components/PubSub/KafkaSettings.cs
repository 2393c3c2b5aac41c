using System.Text.RegularExpressions;
using Confluent.Kafka;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>
/// The settings of <c>pubsub.kafka</c> with Dapr's names and defaults: <c>brokers</c>; <c>consumerGroup</c> or <c>consumerID</c> (the app
/// id); <c>clientID</c>; <c>initialOffset</c> (newest); <c>maxMessageBytes</c> (1024000); <c>consumeRetryEnabled</c> (true);
/// <c>consumeRetryInterval</c> (100ms); <c>backOffDuration</c> (5s) and its like; <c>heartbeatInterval</c> (3s); <c>sessionTimeout</c>
/// (10s); <c>consumerGroupRebalanceStrategy</c> (range); <c>channelBufferSize</c> (256 messages a partition); <c>consumerFetchMin</c> (1
/// byte); <c>consumerFetchDefault</c> (1048576 bytes); <c>compression</c> (none); <c>escapeHeaders</c>; <c>excludeHeaderMetaRegex</c>;
/// <c>clientConnectionTopicMetadataRefreshInterval</c> (8m); and who connects, <see cref="KafkaSecurity"/>. <c>version</c> is found out by
/// the client.
/// </summary>
internal sealed class KafkaSettings
{
    /// <summary>How long a publish may take, tries included. Whoever waits less says so in a resiliency policy.</summary>
    public static readonly TimeSpan PublishTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongestRefresh = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestPollPause = TimeSpan.FromMinutes(5);
    private readonly ClientConfig _client;
    private readonly AutoOffsetReset _reset;
    private readonly PartitionAssignmentStrategy _strategy;
    private readonly CompressionType _compression;
    private readonly int _fetchMin;
    private readonly int _fetchDefault;
    private readonly TimeSpan _heartbeat;

    /// <exception cref="ArgumentException">A setting is missing or wrong.</exception>
    public KafkaSettings(ComponentContext context)
    {
        var spec = context.Spec;
        Group = spec.Find("consumerGroup") ?? spec.Find("consumerID") ?? context.Options.AppId;
        IsStrict = context.Options.Strict;
        StartsAtOldest = (spec.Find("initialOffset") ?? "newest").ToLowerInvariant() switch
        {
            "oldest" => true,
            "newest" => false,
            var other => throw ComponentSettings.Invalid(spec, "initialOffset", $"must be newest or oldest, not '{other}'"),
        };
        // Only messages that the broker has deleted unread lead there; what is left of the topic must not go as well.
        _reset = IsStrict && !StartsAtOldest ? AutoOffsetReset.Latest : AutoOffsetReset.Earliest;
        _strategy = (spec.Find("consumerGroupRebalanceStrategy") ?? "range").ToLowerInvariant() switch
        {
            "roundrobin" => PartitionAssignmentStrategy.RoundRobin,
            "sticky" => PartitionAssignmentStrategy.CooperativeSticky,
            _ => PartitionAssignmentStrategy.Range,
        };
        var compression = spec.Find("compression") ?? "none";
        _compression = Enum.TryParse<CompressionType>(compression, ignoreCase: true, out var known) && !char.IsAsciiDigit(compression[0])
            ? known
            : throw ComponentSettings.Invalid(spec, "compression", $"must be none, gzip, snappy, lz4 or zstd, not '{compression}'");
        _fetchMin = spec.Number("consumerFetchMin", otherwise: 1, minimum: 1);
        _fetchDefault = spec.Number("consumerFetchDefault", otherwise: 1 << 20, minimum: 1);
        _heartbeat = spec.Duration("heartbeatInterval", TimeSpan.FromSeconds(3));
        SessionTimeout = spec.Duration("sessionTimeout", TimeSpan.FromSeconds(10));
        Buffer = spec.Number("channelBufferSize", otherwise: 256, minimum: 1);
        ReconnectPause = spec.Milliseconds("consumeRetryInterval", TimeSpan.FromMilliseconds(100));
        RetriesFailures = spec.Flag("consumeRetryEnabled", otherwise: true);
        BackOff = new KafkaBackOff(spec);
        EscapesHeaders = spec.Flag("escapeHeaders");
        ExcludedHeaders = Pattern(context);
        _client = Client(context);
    }

    /// <summary>The consumer group: replicas of one share its messages.</summary>
    public string Group { get; }

    /// <summary>Whether a message that the app refused to the end is passed over, which is what Dapr does when it may not try again.</summary>
    public bool IsStrict { get; }

    /// <summary>A group without a position begins with the oldest message, not with the next.</summary>
    public bool StartsAtOldest { get; }

    /// <summary>After so long without a sign a member's partitions go to others.</summary>
    public TimeSpan SessionTimeout { get; }

    /// <summary>Most messages of a partition that wait for the app.</summary>
    public int Buffer { get; }

    /// <summary>Pause before a broken consumer is made anew.</summary>
    public TimeSpan ReconnectPause { get; }

    /// <summary>Whether what the app refused is tried again.</summary>
    public bool RetriesFailures { get; }

    /// <summary>When it is tried again.</summary>
    public KafkaBackOff BackOff { get; }

    /// <summary>Whether values of headers are escaped as in a query on their way to the app.</summary>
    public bool EscapesHeaders { get; }

    /// <summary>Names that stay out of the headers when publishing and out of the metadata when delivering; null for none.</summary>
    public Regex? ExcludedHeaders { get; }

    /// <summary>What the producer is made with.</summary>
    public ProducerConfig ToProducer()
    {
        var producer = new ProducerConfig(Copy())
        {
            Acks = Acks.All,
            CompressionType = _compression,
            // One request at a time keeps the order when one of them has to be sent again; meanwhile the next one fills up.
            MaxInFlight = 1,
            LingerMs = 0,
            MessageTimeoutMs = (int)PublishTimeout.TotalMilliseconds,
        };
        // As Dapr's client does it, so that a key has one partition whoever publishes.
        producer.Set("partitioner", "fnv1a_random");
        return producer;
    }

    /// <summary>What the consumer is made with.</summary>
    public ConsumerConfig ToConsumer() => new(Copy())
    {
        GroupId = Group,
        AutoOffsetReset = _reset,
        // What the app has answered is marked by hand and committed each second.
        EnableAutoCommit = true,
        EnableAutoOffsetStore = false,
        AutoCommitIntervalMs = 1000,
        AllowAutoCreateTopics = true,
        PartitionAssignmentStrategy = _strategy,
        SessionTimeoutMs = (int)SessionTimeout.TotalMilliseconds,
        HeartbeatIntervalMs = (int)_heartbeat.TotalMilliseconds,
        MaxPollIntervalMs = (int)Math.Max(LongestPollPause.TotalMilliseconds, SessionTimeout.TotalMilliseconds),
        FetchMinBytes = _fetchMin,
        MaxPartitionFetchBytes = _fetchDefault,
        IsolationLevel = IsolationLevel.ReadUncommitted,
        // More would only be thrown away when a partition pauses.
        QueuedMinMessages = Math.Max(2 * Buffer, 1000),
        QueuedMaxMessagesKbytes = 16 << 10,
    };

    private static ClientConfig Client(ComponentContext context)
    {
        var spec = context.Spec;
        var refresh = spec.Duration("clientConnectionTopicMetadataRefreshInterval", TimeSpan.Zero);
        if (refresh <= TimeSpan.Zero)
            refresh = TimeSpan.FromMinutes(8);
        var client = new ClientConfig
        {
            BootstrapServers = spec.Required("brokers"),
            ClientId = spec.Find("clientID") ?? "nexuscart-" + spec.Name,
            MessageMaxBytes = spec.Number("maxMessageBytes", otherwise: 1_024_000, minimum: 1000, maximum: 1_000_000_000),
            TopicMetadataRefreshIntervalMs = (int)(refresh < LongestRefresh ? refresh : LongestRefresh).TotalMilliseconds,
            SocketKeepaliveEnable = true,
            ReconnectBackoffMaxMs = 1000,
            LogConnectionClose = false,
        };
        KafkaSecurity.Apply(spec, client);
        return client;
    }

    private static Regex? Pattern(ComponentContext context)
    {
        if (context.Spec.Find("excludeHeaderMetaRegex") is not { } pattern)
            return null;
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw ComponentSettings.Invalid(context.Spec, "excludeHeaderMetaRegex", "is no pattern: " + e.Message);
        }
    }

    private Dictionary<string, string> Copy() => new(_client);
}
