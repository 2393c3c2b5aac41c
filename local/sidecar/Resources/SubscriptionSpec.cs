namespace NexusCart.Sidecar.Resources;

/// <summary>Where a message goes: the first rule that matches, else the default path.</summary>
/// <param name="Rules">In order.</param>
/// <param name="DefaultPath">Null when there is none: what no rule takes is dropped (or dead-lettered).</param>
public sealed record SubscriptionRoutes(IReadOnlyList<SubscriptionRule> Rules, string? DefaultPath);

/// <summary>A rule: a CEL expression over <c>event</c> and the path it leads to.</summary>
public sealed record SubscriptionRule(string Match, string Path);

/// <summary>Delivery of several messages in one request.</summary>
/// <param name="MaxMessagesCount">Most messages in one delivery.</param>
/// <param name="MaxAwaitDuration">How long a delivery waits to fill up.</param>
public sealed record BulkSubscribe(int MaxMessagesCount, TimeSpan MaxAwaitDuration);

/// <summary>A subscription, declared in a file or by the app.</summary>
public sealed record SubscriptionSpec
{
    /// <summary>The file it is declared in; empty when the app says it itself.</summary>
    public string File { get; init; } = "";

    /// <summary>Name of the pub/sub component.</summary>
    public required string PubSubName { get; init; }

    /// <summary>The topic.</summary>
    public required string Topic { get; init; }

    /// <summary>Where its messages go.</summary>
    public required SubscriptionRoutes Routes { get; init; }

    /// <summary>Settings for the component, such as <c>rawPayload</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Topic for what cannot be handled; null for none.</summary>
    public string? DeadLetterTopic { get; init; }

    /// <summary>Bulk delivery; null when each message comes alone.</summary>
    public BulkSubscribe? Bulk { get; init; }
}
