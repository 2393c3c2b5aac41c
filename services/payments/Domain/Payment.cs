using System.Text.Json.Serialization;

namespace NexusCart.Payments.Domain;

/// <summary>Where a payment stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PaymentStatus>))]
public enum PaymentStatus
{
    /// <summary>Meant to be authorised; the provider's answer is not recorded yet.</summary>
    Pending,

    /// <summary>The customer must act (3-D Secure).</summary>
    ActionRequired,

    /// <summary>The money is held, not taken.</summary>
    Authorized,

    /// <summary>The money was taken.</summary>
    Captured,

    /// <summary>Given up; nothing is held.</summary>
    Voided,

    /// <summary>Refused by the provider or the bank; nothing is held.</summary>
    Declined,

    /// <summary>Some or all of the taken money was given back.</summary>
    Refunded,
}

/// <summary>
/// One payment. Immutable; <see cref="PaymentMachine"/> makes the next version. All amounts are minor units of
/// <see cref="Currency"/>.
/// </summary>
public sealed record Payment
{
    /// <summary>The order's id.</summary>
    public required string Id { get; init; }

    /// <summary>Where it stands.</summary>
    public required PaymentStatus Status { get; init; }

    /// <summary>What is to be authorised; 0 for a payment that was voided before anybody asked to authorise it.</summary>
    public long Amount { get; init; }

    /// <summary>ISO 4217, upper case; empty for a payment voided before it began.</summary>
    public string Currency { get; init; } = "";

    /// <summary>Who moves the money: one of <see cref="ProviderNames"/>.</summary>
    public string Provider { get; init => field = value ?? ProviderNames.Stripe; } = ProviderNames.Stripe;

    /// <summary>The provider's token of the payment method, or the id of a saved one. Never a card number.</summary>
    public string PaymentMethod { get; init; } = "";

    /// <summary>What a saved payment method is at the provider; null when <see cref="PaymentMethod"/> is the provider's token itself.</summary>
    public Instrument? Instrument { get; init; }

    /// <summary>The customer's id.</summary>
    public string CustomerId { get; init; } = "";

    /// <summary>Where the provider sends the receipt; may be empty.</summary>
    public string Email { get; init; } = "";

    /// <summary>Part of the provider's idempotency keys. It rises only when a key is spent on an answer that tells nothing.</summary>
    public int Generation { get; init; } = 1;

    /// <summary>True from the moment a void was asked for until its end is known.</summary>
    public bool Voiding { get; init; }

    /// <summary>The provider's own id of the payment.</summary>
    public string? ProviderReference { get; init; }

    /// <summary>What the customer's browser needs to act; kept only while <see cref="PaymentStatus.ActionRequired"/>.</summary>
    public CustomerAction? Action { get; init; }

    /// <summary>The provider's own id of the hold, where it is another than <see cref="ProviderReference"/>.</summary>
    public string? HoldReference { get; init; }

    /// <summary>When the provider lets the hold go by itself; null when it did not say.</summary>
    public DateTimeOffset? HoldEnds { get; init; }

    /// <summary>The provider's own id of what was taken, where it is another than <see cref="ProviderReference"/>.</summary>
    public string? CaptureReference { get; init; }

    /// <summary>What a capture of less than <see cref="Amount"/> was asked to take; null when all is to be taken.</summary>
    public long? CaptureAmount { get; init; }

    /// <summary>Taken.</summary>
    public long Captured { get; init; }

    /// <summary>All refunds asked for, in order.</summary>
    public IReadOnlyList<PaymentRefund> Refunds { get; init; } = [];

    /// <summary>What banks took back, or threaten to.</summary>
    public IReadOnlyList<PaymentDispute> Disputes { get; init => field = value ?? []; } = [];

    /// <summary>Every movement of money, oldest first; only ever appended to. <see cref="Ledger"/> writes it.</summary>
    public IReadOnlyList<LedgerEntry> Ledger { get; init => field = value ?? []; } = []; // Payments stored before there was one have none.

    /// <summary>Why it was declined.</summary>
    public Decline? Decline { get; init; }

    /// <summary>Why it was voided, in the caller's words.</summary>
    public string? VoidReason { get; init; }

    /// <summary>The provider's last event ids, newest last.</summary>
    public IReadOnlyList<string> SeenEvents { get; init; } = [];

    /// <summary>When it was first heard of.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Counts the changes, from 1.</summary>
    public required long Version { get; init; }

    /// <summary>Given back, or promised by the provider to be.</summary>
    [JsonIgnore]
    public long Refunded => Refunds.Where(refund => refund.Status == RefundStatus.Accepted).Sum(refund => refund.Amount);

    /// <summary>What a further refund may ask for.</summary>
    [JsonIgnore]
    public long Refundable => Captured - Refunds.Where(refund => refund.Status != RefundStatus.Failed).Sum(refund => refund.Amount);

    /// <summary>True when the caller asked for the same payment before.</summary>
    public bool Matches(BeginAuthorize request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return (Amount, Currency, PaymentMethod, CustomerId, Email)
            == (request.Amount, request.Currency, request.PaymentMethod, request.CustomerId, request.Email);
    }
}

/// <summary>A saved payment method at its provider.</summary>
/// <param name="Token">The provider's token.</param>
/// <param name="Customer">The provider's id of the customer it belongs to.</param>
public sealed record Instrument(string Token, string Customer);

/// <summary>How a customer acts.</summary>
/// <param name="ClientSecret">For the provider's script in the browser.</param>
/// <param name="RedirectUrl">Where to send the browser; null when the script does it.</param>
public sealed record CustomerAction(string? ClientSecret, string? RedirectUrl);

/// <summary>Why a payment was refused.</summary>
/// <param name="Code">The provider's code, with the bank's reason: <c>card_declined/insufficient_funds</c>.</param>
/// <param name="Message">For people.</param>
public sealed record Decline(string Code, string Message);

/// <summary>Where a refund stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RefundStatus>))]
public enum RefundStatus
{
    /// <summary>Meant to be given back; the provider's answer is not recorded yet. Its amount is spoken for.</summary>
    Requested,

    /// <summary>The provider gives it back.</summary>
    Accepted,

    /// <summary>It will not be given back: refused, or failed later.</summary>
    Failed,
}

/// <summary>One refund.</summary>
/// <param name="Id">The caller's id, unique within the payment.</param>
/// <param name="Amount">Minor units of the payment's currency.</param>
/// <param name="Reason">The caller's words.</param>
/// <param name="Status">Where it stands.</param>
public sealed record PaymentRefund(string Id, long Amount, string Reason, RefundStatus Status)
{
    /// <summary>The provider's own id.</summary>
    public string? ProviderReference { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Failure { get; init; }

    /// <summary>Part of the provider's idempotency key, as <see cref="Payment.Generation"/>.</summary>
    public int Generation { get; init; } = 1;
}

/// <summary>Where a dispute stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DisputeStatus>))]
public enum DisputeStatus
{
    /// <summary>The bank has taken the money back, or may; the shop can answer.</summary>
    Open,

    /// <summary>The shop keeps the money.</summary>
    Won,

    /// <summary>The money is gone.</summary>
    Lost,
}

/// <summary>A dispute (chargeback). The provider's fees for it are not counted here.</summary>
/// <param name="Reference">The provider's id.</param>
/// <param name="Amount">Minor units of the payment's currency in dispute.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Reason">The provider's word: <c>fraudulent</c>.</param>
public sealed record PaymentDispute(string Reference, long Amount, DisputeStatus Status, string Reason);
