namespace NexusCart.Sandbox.Intents;

/// <summary>What the provider knows about one payment. Immutable: each change makes a new version.</summary>
public sealed record PaymentIntent
{
    /// <summary>The provider's id, <c>pi_…</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Asked amount in minor units, at least 1.</summary>
    public required long Amount { get; init; }

    /// <summary>Lower-case ISO 4217 code.</summary>
    public required string Currency { get; init; }

    /// <summary>Where the intent stands.</summary>
    public IntentStatus Status { get; init; } = IntentStatus.RequiresPaymentMethod;

    /// <summary>True when a confirmed payment is only authorised until somebody captures it.</summary>
    public bool ManualCapture { get; init; }

    /// <summary>The secret a browser would confirm with; never sent to webhooks' logs.</summary>
    public required string ClientSecret { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The caller's own key/value pairs.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>The payment method last given: a static token <c>pm_card_…</c> or a kept card <c>pm_…</c>.</summary>
    public string? PaymentMethod { get; init; }

    /// <summary>Token of the test card behind a kept card; null when <see cref="PaymentMethod"/> is one itself.</summary>
    public string? Card { get; init; }

    /// <summary>Token of the test card that pays.</summary>
    public string? CardToken => Card ?? PaymentMethod;

    /// <summary>Who pays.</summary>
    public string? Customer { get; init; }

    /// <summary>What the card is to be kept for: <c>off_session</c>, <c>on_session</c> or null.</summary>
    public string? SetupFutureUsage { get; init; }

    /// <summary>Where a browser goes after 3-D Secure.</summary>
    public string? ReturnUrl { get; init; }

    /// <summary>Free text.</summary>
    public string? Description { get; init; }

    /// <summary>Where the receipt goes.</summary>
    public string? ReceiptEmail { get; init; }

    /// <summary>The last attempt, failed or not.</summary>
    public Charge? LatestCharge { get; init; }

    /// <summary>Why the last attempt failed, when it did.</summary>
    public CardError? LastError { get; init; }

    /// <summary>Captured amount in minor units.</summary>
    public long AmountReceived { get; init; }

    /// <summary>When the hold was placed, if ever.</summary>
    public DateTimeOffset? AuthorizedAt { get; init; }

    /// <summary>When money was taken, if ever.</summary>
    public DateTimeOffset? CapturedAt { get; init; }

    /// <summary>When it was given up, if ever.</summary>
    public DateTimeOffset? CanceledAt { get; init; }

    /// <summary>Why it was given up.</summary>
    public string? CancellationReason { get; init; }

    /// <summary>What a capture could still take, in minor units.</summary>
    public long AmountCapturable => Status == IntentStatus.RequiresCapture ? Amount : 0;
}

/// <summary>The provider's states of a payment; failed attempts go back to <see cref="RequiresPaymentMethod"/>.</summary>
public enum IntentStatus
{
    /// <summary>Waits for a (new) card.</summary>
    RequiresPaymentMethod,

    /// <summary>Has a card, waits for the confirmation.</summary>
    RequiresConfirmation,

    /// <summary>Waits for the customer's 3-D Secure challenge.</summary>
    RequiresAction,

    /// <summary>Authorised, not yet captured.</summary>
    RequiresCapture,

    /// <summary>Captured. Terminal.</summary>
    Succeeded,

    /// <summary>Given up. Terminal.</summary>
    Canceled,
}

/// <summary>One attempt to move money.</summary>
public sealed record Charge
{
    /// <summary>The provider's id, <c>ch_…</c>.</summary>
    public required string Id { get; init; }

    /// <summary>When it was tried.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Attempted amount in minor units.</summary>
    public required long Amount { get; init; }

    /// <summary>The payment method charged.</summary>
    public required string PaymentMethod { get; init; }

    /// <summary>Token of the test card behind it.</summary>
    public string? Card { get; init; }

    /// <summary>The bank's dispute, if it opened one.</summary>
    public string? Dispute { get; init; }

    /// <summary>True when the attempt held or took the money.</summary>
    public bool Approved { get; init; }

    /// <summary>Captured minor units.</summary>
    public long AmountCaptured { get; init; }

    /// <summary>Refunded minor units, failed refunds not counted.</summary>
    public long AmountRefunded { get; init; }

    /// <summary>Why the attempt failed.</summary>
    public CardError? Failure { get; init; }

    /// <summary>When an uncaptured hold is released by itself.</summary>
    public DateTimeOffset? CaptureBefore { get; init; }
}

/// <summary>Why a card attempt failed, in the provider's words.</summary>
/// <param name="Code">The machine-readable code, such as <c>card_declined</c>.</param>
/// <param name="DeclineCode">The issuer's reason, such as <c>insufficient_funds</c>; null when the code says it all.</param>
/// <param name="Message">For people.</param>
public sealed record CardError(string Code, string? DeclineCode, string Message)
{
    /// <summary>The error's family: <c>card_error</c>, or <c>invalid_request_error</c> for a failed authentication.</summary>
    public string Type { get; init; } = "card_error";
}

/// <summary>Money given back.</summary>
public sealed record Refund
{
    /// <summary>The provider's id, <c>re_…</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The payment given back.</summary>
    public required string PaymentIntentId { get; init; }

    /// <summary>The charge given back.</summary>
    public required string ChargeId { get; init; }

    /// <summary>Minor units.</summary>
    public required long Amount { get; init; }

    /// <summary>Lower-case ISO 4217 code.</summary>
    public required string Currency { get; init; }

    /// <summary><c>pending</c>, <c>succeeded</c> or <c>failed</c>.</summary>
    public required string Status { get; init; }

    /// <summary>When it was asked for.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary><c>duplicate</c>, <c>fraudulent</c>, <c>requested_by_customer</c> or null.</summary>
    public string? Reason { get; init; }

    /// <summary>Why it failed later.</summary>
    public string? FailureReason { get; init; }

    /// <summary>The caller's own key/value pairs.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>When its status changes by itself, if it will.</summary>
    public DateTimeOffset? SettlesAt { get; init; }

    /// <summary>The status it then gets.</summary>
    public string? SettlesAs { get; init; }
}
