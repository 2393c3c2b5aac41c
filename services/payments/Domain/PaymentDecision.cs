namespace NexusCart.Payments.Domain;

/// <summary>What the world is told of a payment.</summary>
public enum PaymentNews
{
    /// <summary>The customer must act.</summary>
    ActionRequired,

    /// <summary>The money is held.</summary>
    Authorized,

    /// <summary>Refused.</summary>
    Declined,

    /// <summary>The money was taken.</summary>
    Captured,

    /// <summary>Given up.</summary>
    Voided,

    /// <summary>Money was given back, or a refund failed later: see the refunded amount.</summary>
    Refunded,
}

/// <summary>What a command does to a payment.</summary>
/// <param name="Payment">The payment after it; null when there is none.</param>
/// <param name="Next">What the caller has to do at the provider.</param>
public sealed record PaymentDecision(Payment? Payment, NextStep Next = NextStep.None)
{
    /// <summary>Why it was refused; then nothing changed.</summary>
    public Refused? Refused { get; init; }

    /// <summary>News to publish with the change.</summary>
    public PaymentNews? News { get; init; }

    /// <summary>A payment at the provider that must not stay open; to be cancelled durably.</summary>
    public string? Release { get; init; }

    /// <summary>A payment at the provider whose money can be held since the customer agreed; to be asked for durably.</summary>
    public string? Finish { get; init; }

    /// <summary>A webhook to be understood durably.</summary>
    public InboxItem? Inbox { get; init; }

    /// <summary>A refund that failed after it was told of.</summary>
    public PaymentRefund? FailedRefund { get; init; }

    /// <summary>A dispute that was opened or closed.</summary>
    public PaymentDispute? Dispute { get; init; }

    /// <summary>True when something has to happen besides the change itself.</summary>
    public bool HasEffects =>
        News is not null || Release is not null || Finish is not null || Inbox is not null || FailedRefund is not null || Dispute is not null;

    /// <summary>Something that cannot be by the rules and that people have to look at; nothing changed.</summary>
    public string? Anomaly { get; init; }

    /// <summary>A refusal.</summary>
    public static PaymentDecision Refuse(Payment? payment, RefusalKind kind, string reason, string detail) =>
        new(payment) { Refused = new(kind, reason, detail) };

    /// <summary>There is no such payment.</summary>
    public static PaymentDecision Unknown(string paymentId) =>
        Refuse(null, RefusalKind.NotFound, "payment_unknown", $"There is no payment '{paymentId}'.");
}
