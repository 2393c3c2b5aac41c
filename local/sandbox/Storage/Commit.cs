using System.Text.Json.Serialization;
using NexusCart.Sandbox.Intents;

namespace NexusCart.Sandbox.Storage;

/// <summary>
/// One line of the journal: everything one operation changed, so that a payment, its events and the answer stored under
/// the idempotency key are kept together or not at all.
/// </summary>
public sealed record Commit
{
    /// <summary>The sandbox's time.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>New versions of payments (and those only quoted by the answer).</summary>
    public IReadOnlyList<PaymentIntent>? Intents { get; init; }

    /// <summary>New versions of refunds.</summary>
    public IReadOnlyList<Refund>? Refunds { get; init; }

    /// <summary>New versions of customers, cards, setups and disputes.</summary>
    public IReadOnlyList<StripeObject>? Objects { get; init; }

    /// <summary>Events caused.</summary>
    public IReadOnlyList<EventEntry>? Events { get; init; }

    /// <summary>The answer, when it is stored for replays.</summary>
    public StoredAnswer? Answer { get; init; }

    /// <summary>An event that an endpoint has taken.</summary>
    public DeliveryEntry? Delivered { get; init; }
}

/// <summary>An event; its snapshot is the object's version in the same commit.</summary>
/// <param name="Id">The provider's id, <c>evt_…</c>.</param>
/// <param name="Type">Such as <c>payment_intent.succeeded</c>.</param>
/// <param name="ObjectId">The id of what it is about.</param>
/// <param name="RequestId">The request that caused it.</param>
/// <param name="IdempotencyKey">That request's key.</param>
public sealed record EventEntry(string Id, string Type, string ObjectId, string? RequestId, string? IdempotencyKey)
{
    /// <summary>Endpoints it still has to be sent to.</summary>
    public IReadOnlyList<string> Endpoints { get; init; } = [];
}

/// <summary>An event one endpoint answered with 2xx.</summary>
public sealed record DeliveryEntry(string EventId, string Endpoint);

/// <summary>The first answer given under an idempotency key: status and body, also 402 and 500.</summary>
/// <param name="Key">The caller's key.</param>
/// <param name="Fingerprint">Digest of method, path and parameters.</param>
/// <param name="RequestId">The request that produced the answer.</param>
/// <param name="Status">HTTP status.</param>
public sealed record StoredAnswer(string Key, string Fingerprint, string RequestId, int Status)
{
    /// <summary>The payment in the body (or in the error).</summary>
    public string? IntentId { get; init; }

    /// <summary>The refund in the body.</summary>
    public string? RefundId { get; init; }

    /// <summary>The customer, card, setup or dispute in the body.</summary>
    public string? ObjectId { get; init; }

    /// <summary>The error in the body.</summary>
    public ApiError? Error { get; init; }

    /// <summary>True when the body holds the whole charge and not its id.</summary>
    public bool ExpandCharge { get; init; }
}

/// <summary>An event with the snapshot it carries.</summary>
/// <param name="Entry">What it is.</param>
/// <param name="Created">When it happened.</param>
/// <param name="Intent">The payment as it then was.</param>
/// <param name="Refund">The refund as it then was.</param>
/// <param name="Item">The customer, card, setup or dispute as it then was.</param>
public sealed record StoredEvent(EventEntry Entry, DateTimeOffset Created, PaymentIntent? Intent, Refund? Refund, StripeObject? Item);

/// <summary>An answer with the objects it carries.</summary>
/// <param name="Status">HTTP status.</param>
public sealed record Answer(int Status)
{
    /// <summary>The payment in the body or in the error.</summary>
    public PaymentIntent? Intent { get; init; }

    /// <summary>The refund in the body.</summary>
    public Refund? Refund { get; init; }

    /// <summary>The customer, card, setup or dispute in the body.</summary>
    public StripeObject? Item { get; init; }

    /// <summary>The error, when it is one.</summary>
    public ApiError? Error { get; init; }

    /// <summary>True when the body holds the whole charge and not its id.</summary>
    public bool ExpandCharge { get; init; }

    /// <summary>False for what failed before it was executed: such an answer is not kept under the key.</summary>
    public bool Executed { get; init; } = true;

    /// <summary>A payment.</summary>
    public static Answer Of(PaymentIntent intent, bool expandCharge) => new(200) { Intent = intent, ExpandCharge = expandCharge };

    /// <summary>A refusal, with the payment it is about.</summary>
    public static Answer Of(ApiError error, PaymentIntent? intent = null)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new(error.Status) { Error = error, Intent = intent };
    }
}

/// <summary>Serialisation of the journal.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(Commit))]
internal sealed partial class JournalJson : JsonSerializerContext;
