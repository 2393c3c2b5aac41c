using System.Text.Json;
using Dapr.Client;

namespace NexusCart.Platform.Actors;

/// <summary>Publishes pending events through the sidecar's <c>pubsub</c> component as CloudEvents.</summary>
public sealed class DaprEventPublisher(DaprClient dapr) : IPendingEventPublisher
{
    private const string PubSub = "pubsub";

    /// <inheritdoc/>
    public Task PublishAsync(PendingEvent pending, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pending);
        // Only what the broker itself needs goes in metadata; whatever consumers read is in the envelope or the data.
        var metadata = new Dictionary<string, string>
        {
            ["cloudevent.id"] = pending.Id,
            ["cloudevent.type"] = pending.Type,
            ["cloudevent.subject"] = pending.Key,
            ["partitionKey"] = pending.Key,
        };
        return dapr.PublishByteEventAsync(
            PubSub, pending.Topic, JsonSerializer.SerializeToUtf8Bytes(pending.Data, PlatformActorJson.Default.JsonElement),
            "application/json", metadata, cancellationToken);
    }
}
