namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>
/// The settings of <c>pubsub.redis</c> with Dapr's names and defaults: <c>consumerID</c> (the app id), <c>processingTimeout</c> (60s),
/// <c>redeliverInterval</c> (15s), <c>queueDepth</c> (100), <c>concurrency</c> (10), <c>maxLenApprox</c>, <c>streamTTL</c>.
/// </summary>
internal sealed class RedisPubSubSettings
{
    public RedisPubSubSettings(ComponentContext context)
    {
        var spec = context.Spec;
        Group = spec.Find("consumerID") ?? context.Options.AppId;
        ProcessingTimeout = spec.Milliseconds("processingTimeout", TimeSpan.FromSeconds(60));
        RedeliverInterval = spec.Milliseconds("redeliverInterval", TimeSpan.FromSeconds(15));
        Concurrency = spec.Number("concurrency", otherwise: 10, minimum: 1, maximum: 10_000);
        BatchCount = Math.Min(spec.Number("queueDepth", otherwise: 100, minimum: 1), Concurrency);
        MaxLength = spec.Find("maxLenApprox") is null ? null : spec.Number("maxLenApprox", otherwise: 0, minimum: 0);
        EntryTimeToLive = spec.Duration("streamTTL", TimeSpan.Zero);
        AcknowledgesFailures = context.Options.Strict;
    }

    /// <summary>Name of the consumer group, and of the consumer: replicas share one list of what is pending.</summary>
    public string Group { get; }

    /// <summary>How long a message is left to whoever took it.</summary>
    public TimeSpan ProcessingTimeout { get; }

    /// <summary>How often the pending messages are looked through.</summary>
    public TimeSpan RedeliverInterval { get; }

    /// <summary>Whether pending messages are looked after at all.</summary>
    public bool Redelivers => ProcessingTimeout > TimeSpan.Zero && RedeliverInterval > TimeSpan.Zero;

    /// <summary>Most deliveries in flight, all topics of the component together.</summary>
    public int Concurrency { get; }

    /// <summary>Most messages to take at once: what is taken and not begun when the app goes is held up for everybody.</summary>
    public int BatchCount { get; }

    /// <summary>How long streams may grow, roughly; null or 0 for without end.</summary>
    public int? MaxLength { get; }

    /// <summary>How old entries may become; zero for without end.</summary>
    public TimeSpan EntryTimeToLive { get; }

    /// <summary>Whether a message that the app refused is acknowledged all the same, which is what Dapr does.</summary>
    public bool AcknowledgesFailures { get; }
}
