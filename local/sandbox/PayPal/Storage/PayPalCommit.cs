using System.Text.Json.Serialization;
using NexusCart.Sandbox.PayPal.Orders;

namespace NexusCart.Sandbox.PayPal.Storage;

/// <summary>One line of PayPal's journal: an order's new version, its events and the kept answer, together or not at all.</summary>
public sealed record PayPalCommit
{
    /// <summary>PayPal's time.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The order's new version.</summary>
    public PayPalOrder? Order { get; init; }

    /// <summary>Events caused.</summary>
    public IReadOnlyList<PayPalEvent>? Events { get; init; }

    /// <summary>The answer kept under the request id.</summary>
    public PayPalKept? Kept { get; init; }

    /// <summary>An event that an endpoint has taken, or is to be sent again.</summary>
    public PayPalDelivery? Delivery { get; init; }
}

/// <summary>An event as it is posted.</summary>
/// <param name="Id">PayPal's id, <c>WH-…</c>.</param>
/// <param name="Type">Such as <c>PAYMENT.CAPTURE.COMPLETED</c>.</param>
/// <param name="Created">When it happened.</param>
/// <param name="Body">What is posted, JSON.</param>
public sealed record PayPalEvent(string Id, string Type, DateTimeOffset Created, string Body)
{
    /// <summary>Endpoints it still has to be sent to.</summary>
    public IReadOnlyList<string> Endpoints { get; init; } = [];
}

/// <summary>The answer kept under a <c>PayPal-Request-Id</c>; only successes are.</summary>
/// <param name="Key">Operation and request id.</param>
/// <param name="Fingerprint">Digest of path and body.</param>
/// <param name="Body">The answer's body; empty for 204.</param>
/// <param name="Expires">Until when it is replayed.</param>
public sealed record PayPalKept(string Key, string Fingerprint, string Body, DateTimeOffset Expires);

/// <summary>An event's way to one endpoint.</summary>
/// <param name="EventId">The event.</param>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="Taken">True when it answered 2xx, false when it is to be sent again.</param>
public sealed record PayPalDelivery(string EventId, string Endpoint, bool Taken);

/// <summary>Serialisation of the journal.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(PayPalCommit))]
internal sealed partial class PayPalJournalJson : JsonSerializerContext;
