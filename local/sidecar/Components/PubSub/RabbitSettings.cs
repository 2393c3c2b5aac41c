using System.Globalization;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>
/// The settings of <c>pubsub.rabbitmq</c> with Dapr's names and defaults: <c>connectionString</c> (<c>host</c> is the same) or
/// <c>hostname</c>, <c>username</c>, <c>password</c>; <c>consumerID</c> (the app id), <c>durable</c> (true), <c>deletedWhenUnused</c> (true),
/// <c>autoAck</c>, <c>deliveryMode</c> (0), <c>requeueInFailure</c>, <c>prefetchCount</c> (0: no limit), <c>concurrency</c> (single),
/// <c>publisherConfirm</c>, <c>enableDeadLetter</c>, <c>exchangeKind</c> (fanout), <c>maxLen</c>, <c>maxLenBytes</c>, <c>ttlInSeconds</c>,
/// <c>reconnectWait</c> (3s), <c>heartBeat</c> (10s), <c>clientName</c>.
/// </summary>
internal sealed class RabbitSettings
{
    private readonly ComponentSpec _spec;

    /// <exception cref="ArgumentException">A setting is missing or wrong.</exception>
    public RabbitSettings(ComponentContext context)
    {
        _spec = context.Spec;
        Address = AddressOf(_spec);
        ConsumerId = _spec.Find("consumerID") ?? context.Options.AppId;
        IsPersistent = _spec.Number("deliveryMode", otherwise: 0, minimum: 0, maximum: 2) == 2;
        PrefetchCount = (ushort)_spec.Number("prefetchCount", otherwise: 0, minimum: 0, maximum: ushort.MaxValue);
        ExchangeKind = _spec.Find("exchangeKind") ?? "fanout";
        if (ExchangeKind is not ("fanout" or "topic" or "direct" or "headers"))
            throw ComponentSettings.Invalid(_spec, "exchangeKind", $"is none that there is: '{ExchangeKind}'");
        var concurrency = _spec.Find("concurrency") ?? "single";
        if (concurrency is not ("single" or "parallel"))
            throw ComponentSettings.Invalid(_spec, "concurrency", $"must be single or parallel, not '{concurrency}'");
        IsParallel = concurrency == "parallel";
    }

    /// <summary>Where the server is, with user and password.</summary>
    public Uri Address { get; }

    /// <summary>What the app's queues begin with.</summary>
    public string ConsumerId { get; }

    /// <summary>Exchanges and queues outlive the server's restart.</summary>
    public bool IsDurable => _spec.Flag("durable", otherwise: true);

    /// <summary>Queues go with their last subscriber, and exchanges with their last queue.</summary>
    public bool IsDeletedWhenUnused => _spec.Flag("deletedWhenUnused", otherwise: true);

    /// <summary>The broker forgets a message when it has sent it.</summary>
    public bool AutoAck => _spec.Flag("autoAck");

    /// <summary>Messages outlive the server's restart.</summary>
    public bool IsPersistent { get; }

    /// <summary>What the app refuses comes again; otherwise it is thrown away, or dead-lettered by the broker.</summary>
    public bool RequeuesFailures => _spec.Flag("requeueInFailure");

    /// <summary>Most unacknowledged messages of a subscription; 0 for no limit.</summary>
    public ushort PrefetchCount { get; }

    /// <summary>Messages of a subscription are handled side by side, not one by one.</summary>
    public bool IsParallel { get; }

    /// <summary>A publish ends when the broker has the message, not when it was sent.</summary>
    public bool ConfirmsPublishing => _spec.Flag("publisherConfirm");

    /// <summary>What is thrown away goes to a queue <c>dlq-…</c>.</summary>
    public bool HasDeadLetters => _spec.Flag("enableDeadLetter");

    /// <summary>The kind of a topic's exchange.</summary>
    public string ExchangeKind { get; }

    /// <summary>Pause before the next try to connect.</summary>
    public TimeSpan ReconnectWait => _spec.Duration("reconnectWait", TimeSpan.FromSeconds(3));

    /// <summary>After two of these without a sign the connection counts as broken.</summary>
    public TimeSpan HeartBeat => _spec.Duration("heartBeat", TimeSpan.FromSeconds(10));

    /// <summary>Name of the connection among those of the server.</summary>
    public string ClientName => _spec.Find("clientName") ?? "nexuscart-" + _spec.Name;

    /// <summary>How long a message without a time to live lives; null for without end.</summary>
    public TimeSpan? DefaultTtl => _spec.Find("ttlInSeconds") is null ? null : _spec.Duration("ttlInSeconds", TimeSpan.Zero);

    /// <summary>The arguments of a queue. They are Dapr's: a queue that is there must have been made with the same.</summary>
    public Dictionary<string, object?> QueueArguments(IReadOnlyDictionary<string, string> subscription)
    {
        var arguments = new Dictionary<string, object?>
        {
            ["x-queue-type"] = subscription.GetValueOrDefault("queueType") is { Length: > 0 } type ? type : "classic",
        };
        foreach (var (setting, argument) in (ReadOnlySpan<(string, string)>)[("maxLen", "x-max-length"), ("maxLenBytes", "x-max-length-bytes")])
        {
            if ((subscription.GetValueOrDefault(setting) ?? _spec.Find(setting)) is { Length: > 0 } text)
                arguments[argument] = long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
        }

        if (subscription.GetValueOrDefault("maxPriority") is { Length: > 0 } priority)
            arguments["x-max-priority"] = Math.Min(int.Parse(priority, NumberStyles.None, CultureInfo.InvariantCulture), byte.MaxValue);
        if (ComponentSettings.IsTruthy(subscription.GetValueOrDefault("singleActiveConsumer")))
            arguments["x-single-active-consumer"] = true;
        return arguments;
    }

    private static Uri AddressOf(ComponentSpec spec)
    {
        var text = spec.Find("connectionString") ?? spec.Find("host");
        if (text is null)
        {
            var user = spec.Find("username") is { } name
                ? $"{Uri.EscapeDataString(name)}:{Uri.EscapeDataString(spec.Find("password") ?? "")}@"
                : "";
            text = $"{spec.Find("protocol") ?? "amqp"}://{user}{spec.Required("hostname")}";
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme is "amqp" or "amqps")
            ? address
            : throw ComponentSettings.Invalid(spec, "connectionString", "must be an amqp:// or amqps:// address");
    }
}
