using NexusCart.Sidecar.Resiliency;

namespace NexusCart.Sidecar.PubSub.Delivery;

/// <summary>How the app answered a message that is not to be sent again.</summary>
internal enum DeliveryOutcome
{
    /// <summary>It is done.</summary>
    Success,

    /// <summary>The app does not want it: to the dead letters, where there are any.</summary>
    Drop,
}

/// <summary>The app did not handle a message; policies and brokers may try again.</summary>
internal sealed class DeliveryFailedException(string message, Exception? inner = null) : Exception(message, inner), IHasStatusCode
{
    /// <inheritdoc/>
    public int? HttpStatusCode { get; init; }

    /// <inheritdoc/>
    public int? GrpcStatusCode { get; init; }
}

/// <summary>An event of a bulk delivery.</summary>
/// <param name="EntryId">Its name within the delivery.</param>
/// <param name="Event">The event; for a raw subscription only its message counts.</param>
internal sealed record BulkDeliveryEntry(string EntryId, InboundEvent Event);

/// <summary>What a delivery of several events goes with.</summary>
/// <param name="PubSub">The component.</param>
/// <param name="Topic">The topic.</param>
/// <param name="Path">The route.</param>
/// <param name="IsRaw">Whether the events are bytes without an envelope.</param>
/// <param name="Entries">The events.</param>
internal sealed record BulkDelivery(string PubSub, string Topic, string Path, bool IsRaw, IReadOnlyList<BulkDeliveryEntry> Entries);

/// <summary>Sends events to the app in the way it asked for.</summary>
internal interface IEventSender
{
    /// <summary>Sends one event and waits for the app's verdict.</summary>
    /// <exception cref="DeliveryFailedException">The app did not handle it.</exception>
    Task<DeliveryOutcome> SendAsync(string pubSub, string path, InboundEvent inbound, CancellationToken cancellation);

    /// <summary>Sends several events; the answer holds the verdict on each entry that was handled, the others failed.</summary>
    /// <exception cref="DeliveryFailedException">The app did not handle any of them.</exception>
    Task<IReadOnlyDictionary<string, DeliveryOutcome>> SendBulkAsync(BulkDelivery delivery, CancellationToken cancellation);
}
