namespace NexusCart.Sandbox.Webhooks;

/// <summary>A provider whose events are to be posted.</summary>
public interface IWebhookSource
{
    /// <summary>Raised for each event that has endpoints.</summary>
    event Action<OutgoingEvent>? Raised;

    /// <summary>The provider's name in the control plane.</summary>
    string Provider { get; }

    /// <summary>What some endpoint has not taken yet, oldest first.</summary>
    IReadOnlyList<OutgoingEvent> Pending();

    /// <summary>One transmission, freshly signed; null when the event is forgotten.</summary>
    HttpRequestMessage? Request(string eventId, string endpoint, DateTimeOffset now);

    /// <summary>Remembers that an endpoint took it.</summary>
    void MarkDelivered(string eventId, string endpoint);
}

/// <summary>An event on its way out.</summary>
/// <param name="Source">Whose it is.</param>
/// <param name="Id">The provider's id of it.</param>
/// <param name="Type">The provider's name of what happened.</param>
/// <param name="Created">When it happened.</param>
/// <param name="Endpoints">Where it is to go.</param>
public sealed record OutgoingEvent(IWebhookSource Source, string Id, string Type, DateTimeOffset Created, IReadOnlyList<string> Endpoints);
