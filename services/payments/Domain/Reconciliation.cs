namespace NexusCart.Payments.Domain;

/// <summary>What a reconciliation finds.</summary>
public static class FindingKinds
{
    /// <summary>The provider is ahead of the books: a webhook got lost.</summary>
    public const string MissedWebhook = "missed_webhook";

    /// <summary>A call to the provider whose outcome nobody recorded.</summary>
    public const string UnknownOutcome = "unknown_outcome";

    /// <summary>A hold that is about to run out, or did, and was not taken.</summary>
    public const string Uncaptured = "uncaptured";

    /// <summary>The provider's money and the ledger's differ.</summary>
    public const string AmountDiffers = "amount_differs";

    /// <summary>The provider has a payment that the books do not know, or a second one.</summary>
    public const string Stray = "stray";

    /// <summary>The ledger and the payment differ.</summary>
    public const string LedgerDiffers = "ledger_differs";
}

/// <summary>One difference.</summary>
/// <param name="PaymentId">The payment.</param>
/// <param name="Provider">One of <see cref="ProviderNames"/>.</param>
/// <param name="Kind">One of <see cref="FindingKinds"/>.</param>
/// <param name="Detail">For people.</param>
/// <param name="Repaired">Whether the books and the provider agree again, or will by what was begun.</param>
public sealed record Finding(string PaymentId, string Provider, string Kind, string Detail, bool Repaired);

/// <summary>One run.</summary>
/// <param name="Id">Later runs sort after earlier ones.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="FinishedAt">When it ended.</param>
/// <param name="Since">Settled payments that changed after this were compared; open ones always are.</param>
/// <param name="Until">And before this.</param>
/// <param name="Deep">Whether it looked at all payments that can still be open, not only at the last days'.</param>
/// <param name="Checked">Payments compared with their provider.</param>
/// <param name="Unreachable">Payments whose provider could not be asked; the next run asks again.</param>
/// <param name="Findings">What differed; the first hundred.</param>
/// <param name="FindingCount">How many differed.</param>
public sealed record ReconciliationReport(
    string Id,
    DateTimeOffset StartedAt,
    DateTimeOffset FinishedAt,
    DateTimeOffset Since,
    DateTimeOffset Until,
    bool Deep,
    int Checked,
    int Unreachable,
    IReadOnlyList<Finding> Findings,
    int FindingCount);

/// <summary>Why a payment is compared with its provider, and what the comparison says.</summary>
public static class ReconciliationRules
{
    /// <summary>Whether the payment can still change by itself, so that every run looks at it.</summary>
    public static bool IsOpen(Payment payment)
    {
        ArgumentNullException.ThrowIfNull(payment);
        return payment.Voiding
            || payment.Status is PaymentStatus.Pending or PaymentStatus.ActionRequired or PaymentStatus.Authorized
            || payment.Refunds.Any(refund => refund.Status == RefundStatus.Requested);
    }

    /// <summary>Whether a run looks at the payment. What changed a moment ago is under way and left alone.</summary>
    public static bool Concerns(Payment payment, DateTimeOffset since, DateTimeOffset until)
    {
        ArgumentNullException.ThrowIfNull(payment);
        return payment.UpdatedAt <= until && (IsOpen(payment) || payment.UpdatedAt > since);
    }

    /// <summary>What differs between the books and a fresh sight of the provider; null when nothing does.</summary>
    public static (string Kind, string Detail)? Compare(Payment payment, Observation seen)
    {
        ArgumentNullException.ThrowIfNull(payment);
        ArgumentNullException.ThrowIfNull(seen);
        if (!Agrees(payment.Status, seen.Status))
            return (FindingKinds.MissedWebhook, $"The provider says {seen.Status}, the books {payment.Status}.");
        if (seen.Status == ProviderStatus.Captured && seen.Captured != payment.Captured)
            return (FindingKinds.AmountDiffers, $"The provider took {seen.Captured}, the books say {payment.Captured}.");
        if (seen.Amount is { } amount && payment.Amount > 0 && (amount, seen.Currency) != (payment.Amount, payment.Currency))
            return (FindingKinds.AmountDiffers, $"The provider's payment is over {amount} {seen.Currency}, ours over {payment.Amount} {payment.Currency}.");
        return Ledger.Audit(payment) is { } wrong ? (FindingKinds.LedgerDiffers, wrong) : null;
    }

    /// <summary>When the provider lets the hold of a payment go.</summary>
    /// <param name="payment">An authorised payment.</param>
    /// <param name="window">How long its provider's holds last, where the provider did not say it of this one.</param>
    public static DateTimeOffset HoldEnds(Payment payment, TimeSpan window)
    {
        ArgumentNullException.ThrowIfNull(payment);
        var held = payment.Ledger.LastOrDefault(entry => entry.Kind == LedgerKind.Authorized)?.At ?? payment.UpdatedAt;
        return payment.HoldEnds ?? held + window;
    }

    private static bool Agrees(PaymentStatus ours, ProviderStatus theirs) => ours switch
    {
        PaymentStatus.Pending => theirs == ProviderStatus.Open,
        PaymentStatus.ActionRequired => theirs == ProviderStatus.ActionRequired,
        PaymentStatus.Authorized => theirs == ProviderStatus.Authorized,
        PaymentStatus.Captured or PaymentStatus.Refunded => theirs == ProviderStatus.Captured,
        // Nothing is held, whatever the provider calls it: an attempt that failed stays open there until it is closed.
        _ => theirs is not (ProviderStatus.Authorized or ProviderStatus.Captured),
    };
}
