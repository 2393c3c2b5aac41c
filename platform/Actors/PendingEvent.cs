using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace NexusCart.Platform.Actors;

/// <summary>
/// An event kept in actor state until it is published. Published at least once: consumers remember
/// <paramref name="Id"/>.
/// </summary>
/// <param name="Id">CloudEvents id, the same at every attempt: entity id plus version or step ("01J…:paid").</param>
/// <param name="Type">CloudEvents type: "order.paid.v1".</param>
/// <param name="Topic">The topic: "orders".</param>
/// <param name="Key">The aggregate's id: partition key and CloudEvents subject. Events of one key leave in order.</param>
/// <param name="Data">The payload.</param>
public sealed record PendingEvent(string Id, string Type, string Topic, string Key, JsonElement Data)
{
    /// <summary>An event with <paramref name="payload"/> serialised by source-generated metadata.</summary>
    public static PendingEvent Create<T>(string id, string type, string topic, string key, T payload, JsonTypeInfo<T> payloadType) =>
        new(id, type, topic, key, JsonSerializer.SerializeToElement(payload, payloadType));
}

/// <summary>Sends a pending event on its way; throws when it is not known to have arrived.</summary>
public interface IPendingEventPublisher
{
    /// <summary>Publishes <paramref name="pending"/>.</summary>
    Task PublishAsync(PendingEvent pending, CancellationToken cancellationToken);
}
