namespace NexusCart.Sandbox.Intents;

/// <summary>A bank that wants a payment back, <c>dp_…</c>.</summary>
public sealed record Dispute : StripeObject
{
    /// <summary>The payment.</summary>
    public required string PaymentIntentId { get; init; }

    /// <summary>Its charge.</summary>
    public required string ChargeId { get; init; }

    /// <summary>Minor units wanted back.</summary>
    public required long Amount { get; init; }

    /// <summary>Lower-case ISO 4217 code.</summary>
    public required string Currency { get; init; }

    /// <summary>The network's reason: <c>fraudulent</c>, <c>product_not_received</c>.</summary>
    public required string Reason { get; init; }

    /// <summary><c>needs_response</c>, <c>under_review</c>, <c>won</c>, <c>lost</c>; with <c>warning_</c> before the first two, and <c>warning_closed</c>, for an inquiry.</summary>
    public required string Status { get; init; }

    /// <summary>What was said against it.</summary>
    public string? Evidence { get; init; }

    /// <summary>True for an inquiry: no money moves.</summary>
    public bool IsInquiry => Status.StartsWith("warning_", StringComparison.Ordinal);

    /// <summary>True when it is over.</summary>
    public bool IsClosed => Status is "won" or "lost" or "warning_closed";

    /// <summary>True while the bank has the money.</summary>
    public bool HoldsMoney => Status is "needs_response" or "under_review" or "lost";
}

/// <summary>The provider's rules of disputes.</summary>
public static class DisputeMachine
{
    /// <summary>The words of evidence that win, in the provider's test mode.</summary>
    public const string Winning = "winning_evidence";

    /// <summary>The dispute that follows a payment by such a card; null when none does.</summary>
    public static Dispute? After(PaymentIntent paid, TestCard card, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(paid);
        ArgumentNullException.ThrowIfNull(card);
        if (card.Dispute == DisputeKind.None || paid.Status != IntentStatus.Succeeded || paid.LatestCharge is not { } charge)
            return null;
        return new()
        {
            Id = Ids.New("dp"),
            Created = now,
            PaymentIntentId = paid.Id,
            ChargeId = charge.Id,
            Amount = charge.AmountCaptured,
            Currency = paid.Currency,
            Reason = card.Dispute == DisputeKind.Fraudulent ? "fraudulent" : "product_not_received",
            Status = card.Dispute == DisputeKind.Inquiry ? "warning_needs_response" : "needs_response",
        };
    }

    /// <summary>Answers it. In test mode the words decide at once.</summary>
    public static (Dispute Dispute, ApiError? Error) Answer(Dispute dispute, string evidence, bool submit)
    {
        ArgumentNullException.ThrowIfNull(dispute);
        if (dispute.IsClosed)
            return (dispute, ApiError.Invalid(null, null, "This dispute is already closed."));
        if (!submit)
            return (dispute with { Evidence = evidence }, null);
        var status = (dispute.IsInquiry, evidence == Winning) switch
        {
            (true, _) => "warning_closed",
            (false, true) => "won",
            _ => "lost",
        };
        return (dispute with { Evidence = evidence, Status = status }, null);
    }

    /// <summary>Gives in.</summary>
    public static (Dispute Dispute, ApiError? Error) Close(Dispute dispute)
    {
        ArgumentNullException.ThrowIfNull(dispute);
        return dispute.IsClosed
            ? (dispute, ApiError.Invalid(null, null, "This dispute is already closed."))
            : (dispute with { Status = dispute.IsInquiry ? "warning_closed" : "lost" }, null);
    }

    /// <summary>The events of a dispute's change to <paramref name="dispute"/>, in order.</summary>
    public static IReadOnlyList<string> Events(Dispute dispute, bool opened)
    {
        ArgumentNullException.ThrowIfNull(dispute);
        return dispute switch
        {
            _ when opened && dispute.IsInquiry => ["charge.dispute.created"],
            _ when opened => ["charge.dispute.created", "charge.dispute.funds_withdrawn"],
            { Status: "won" } => ["charge.dispute.updated", "charge.dispute.funds_reinstated", "charge.dispute.closed"],
            { IsClosed: true } => ["charge.dispute.updated", "charge.dispute.closed"],
            _ => ["charge.dispute.updated"],
        };
    }
}
