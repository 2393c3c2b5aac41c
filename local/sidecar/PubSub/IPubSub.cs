using NexusCart.Sidecar.Components;

namespace NexusCart.Sidecar.PubSub;

/// <summary>A message as the broker carries it: the finished envelope, or raw bytes.</summary>
public sealed record BrokerMessage(
    ReadOnlyMemory<byte> Data,
    string ContentType,
    IReadOnlyDictionary<string, string> Metadata);

/// <summary>A message handed to a subscriber.</summary>
public sealed record BrokerDelivery(string Topic, BrokerMessage Message);

/// <summary>
/// Handles one delivery. Returning acknowledges it; throwing gives it back to the broker, which redelivers as its own
/// contract says.
/// </summary>
public delegate Task DeliveryHandler(BrokerDelivery delivery, CancellationToken cancellation);

/// <summary>
/// Handles deliveries that the broker hands out together, in their order. The answer holds, in the same order, null for each that is
/// done, and for each other why it is given back.
/// </summary>
public delegate Task<IReadOnlyList<Exception?>> BulkDeliveryHandler(IReadOnlyList<BrokerDelivery> deliveries, CancellationToken cancellation);

/// <summary>A publish/subscribe driver. Thread-safe.</summary>
public interface IPubSub : IComponent
{
    /// <summary>
    /// Whether the broker takes a bulk publish as one request: then the metadata of the request are those of every entry, and go before
    /// the entry's own (a habit of Dapr's drivers).
    /// </summary>
    bool PublishesInBulk => false;

    /// <summary>Publishes; when the task completes the broker has the message as safely as it keeps any.</summary>
    Task PublishAsync(string topic, BrokerMessage message, CancellationToken cancellation);

    /// <summary>Starts deliveries of a topic to this app's consumer group; disposing the result ends them after those under way.</summary>
    Task<IAsyncDisposable> SubscribeAsync(
        string topic,
        IReadOnlyDictionary<string, string> metadata,
        DeliveryHandler handler,
        CancellationToken cancellation);

    /// <summary>
    /// As the other, for a subscription that gathers messages before it handles them: a broker that limits deliveries in flight
    /// leaves room for so many, or the subscription would wait for what it is never given.
    /// </summary>
    Task<IAsyncDisposable> SubscribeAsync(
        string topic,
        IReadOnlyDictionary<string, string> metadata,
        DeliveryHandler handler,
        int gathers,
        CancellationToken cancellation) => SubscribeAsync(topic, metadata, handler, cancellation);
}

/// <summary>A driver whose broker hands out messages in batches by itself.</summary>
public interface IBulkPubSub : IPubSub
{
    /// <summary>Starts deliveries of a topic in batches; disposing the result ends them after those under way.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="metadata">What the subscription says for the driver.</param>
    /// <param name="handler">Handles a batch.</param>
    /// <param name="mostMessages">A batch has no more.</param>
    /// <param name="longestWait">The first message of a batch waits no longer for the others.</param>
    /// <param name="cancellation">Ends the start, not the subscription.</param>
    Task<IAsyncDisposable> SubscribeBulkAsync(
        string topic,
        IReadOnlyDictionary<string, string> metadata,
        BulkDeliveryHandler handler,
        int mostMessages,
        TimeSpan longestWait,
        CancellationToken cancellation);
}
