using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.State.Outbox;

/// <summary>Where the transactions of a state store are published: its settings <c>outboxPublishPubsub</c> and <c>outboxPublishTopic</c>.</summary>
/// <param name="PubSub">The component.</param>
/// <param name="Topic">The topic.</param>
/// <remarks>
/// <c>outboxPubsub</c> and <c>outboxDiscardWhenMissingState</c> are taken and have nothing to say here: events wait in the store
/// itself, so there is no second leg, and none is ever without its state.
/// </remarks>
internal sealed record OutboxTarget(string PubSub, string Topic)
{
    /// <summary>The target of a store; null when it publishes nothing.</summary>
    public static OutboxTarget? Of(ComponentSpec spec) =>
        spec.Find("outboxPublishPubsub") is { } pubSub && spec.Find("outboxPublishTopic") is { } topic ? new OutboxTarget(pubSub, topic) : null;
}
