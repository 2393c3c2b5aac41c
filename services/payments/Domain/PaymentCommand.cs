using System.Text.Json.Serialization;

namespace NexusCart.Payments.Domain;

/// <summary>What can be asked of one payment. Each is idempotent.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "do")]
[JsonDerivedType(typeof(BeginAuthorize), "authorize")]
[JsonDerivedType(typeof(BeginCapture), "capture")]
[JsonDerivedType(typeof(BeginVoid), "void")]
[JsonDerivedType(typeof(BeginRefund), "refund")]
[JsonDerivedType(typeof(Observe), "observe")]
[JsonDerivedType(typeof(ObserveRefund), "observe-refund")]
[JsonDerivedType(typeof(ObserveDispute), "observe-dispute")]
[JsonDerivedType(typeof(TakeIn), "take-in")]
[JsonDerivedType(typeof(KeySpent), "key-spent")]
[JsonDerivedType(typeof(RefundKeySpent), "refund-key-spent")]
[JsonDerivedType(typeof(ForgetContact), "forget-contact")]
[JsonDerivedType(typeof(Read), "read")]
public abstract record PaymentCommand;

/// <summary>Means to authorise. Recorded before the provider hears of it.</summary>
public sealed record BeginAuthorize(long Amount, string Currency, string PaymentMethod, string CustomerId, string Email) : PaymentCommand
{
    /// <summary>What a saved payment method is at the provider; the first one recorded stays.</summary>
    public Instrument? Instrument { get; init; }
}

/// <summary>Means to take the held money: all of it or, when <paramref name="Partial"/>, some, and let the rest go.</summary>
public sealed record BeginCapture(long Amount, string Currency, bool Partial = false) : PaymentCommand;

/// <summary>Means to give the payment up. From here on no authorisation of it counts.</summary>
public sealed record BeginVoid(string Reason) : PaymentCommand;

/// <summary>Means to give taken money back.</summary>
public sealed record BeginRefund(string RefundId, long Amount, string Currency, string Reason) : PaymentCommand;

/// <summary>The provider's side of the payment was seen.</summary>
/// <param name="Seen">What was seen.</param>
/// <param name="EventId">The webhook's id; null for answers and look-ups, which are fresh by nature.</param>
public sealed record Observe(Observation Seen, string? EventId = null) : PaymentCommand;

/// <summary>The provider's side of a refund was seen.</summary>
public sealed record ObserveRefund(RefundObservation Seen, string? EventId = null) : PaymentCommand;

/// <summary>A dispute was seen at the provider.</summary>
public sealed record ObserveDispute(DisputeObservation Seen, string? EventId = null) : PaymentCommand;

/// <summary>Keeps a webhook that takes a call to the provider to be understood, until that was made.</summary>
public sealed record TakeIn(InboxItem Item) : PaymentCommand;

/// <summary>A webhook in the inbox.</summary>
/// <param name="EventId">The provider's id of the event.</param>
/// <param name="Provider">One of <see cref="ProviderNames"/>.</param>
/// <param name="Type">The provider's type of the event.</param>
/// <param name="PaymentId">The payment to look at anew; null when it is to be found by <paramref name="Reference"/>.</param>
/// <param name="Reference">The provider's id of the payment.</param>
public sealed record InboxItem(string EventId, string Provider, string Type, string? PaymentId, string? Reference)
{
    /// <summary>The dispute it tells of, if it does.</summary>
    public DisputeObservation? Dispute { get; init; }

    /// <summary>The refund it tells of, if it does.</summary>
    public RefundObservation? Refund { get; init; }
}

/// <summary>The provider keeps an answer under the key of a generation that tells nothing (a stored failure), and has no such
/// effect: go on under a new key.</summary>
public sealed record KeySpent(int Generation) : PaymentCommand;

/// <summary>The same for a refund's key.</summary>
public sealed record RefundKeySpent(string RefundId, int Generation) : PaymentCommand;

/// <summary>Its customer's account was erased and its order is closed: where the receipt went and what was paid by go; the money's ways stay.</summary>
public sealed record ForgetContact : PaymentCommand;

/// <summary>Only looks.</summary>
public sealed record Read : PaymentCommand;

/// <summary>What the caller has to do at the provider now.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NextStep>))]
public enum NextStep
{
    /// <summary>Nothing: the payment says it all.</summary>
    None,

    /// <summary>Call the provider to authorise, under the payment's key.</summary>
    Authorize,

    /// <summary>Call the provider to hold the money that the customer agreed to.</summary>
    Finish,

    /// <summary>Call the provider to capture.</summary>
    Capture,

    /// <summary>Call the provider to cancel; when there is no reference yet, find it first by repeating the authorisation.</summary>
    Cancel,

    /// <summary>Call the provider to refund.</summary>
    Refund,
}

/// <summary>Why a command was refused.</summary>
/// <param name="Kind">Which family.</param>
/// <param name="Reason">Machine-readable: <c>payment_voided</c>.</param>
/// <param name="Detail">For people.</param>
public sealed record Refused(RefusalKind Kind, string Reason, string Detail);

/// <summary>Families of refusals.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RefusalKind>))]
public enum RefusalKind
{
    /// <summary>There is no such payment.</summary>
    NotFound,

    /// <summary>The id was used before for something else.</summary>
    AlreadyExists,

    /// <summary>The state does not allow it.</summary>
    Precondition,
}
