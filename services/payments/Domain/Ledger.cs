using System.Text.Json.Serialization;

namespace NexusCart.Payments.Domain;

/// <summary>Kinds of ledger entries.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LedgerKind>))]
public enum LedgerKind
{
    /// <summary>Money was held.</summary>
    Authorized,

    /// <summary>A hold, or what a capture left of it, was let go.</summary>
    Voided,

    /// <summary>Held money was taken.</summary>
    Captured,

    /// <summary>Taken money was given back, or the provider promised to.</summary>
    Refunded,

    /// <summary>A refund failed later: the money is the shop's again.</summary>
    RefundFailed,

    /// <summary>A bank disputes taken money.</summary>
    Disputed,

    /// <summary>A dispute ended for the shop.</summary>
    DisputeWon,

    /// <summary>A dispute ended against the shop: the money is gone.</summary>
    DisputeLost,
}

/// <summary>One movement of money. Never changed once written.</summary>
/// <param name="Number">From 1, without gaps.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Amount">Minor units of the payment's currency, above 0.</param>
/// <param name="At">When the shop learned of it.</param>
public sealed record LedgerEntry(int Number, LedgerKind Kind, long Amount, DateTimeOffset At)
{
    /// <summary>The provider's id of what moved.</summary>
    public string? Reference { get; init; }

    /// <summary>The refund or dispute it belongs to.</summary>
    public string? Item { get; init; }

    /// <summary>Why, where there is a reason.</summary>
    public string? Detail { get; init; }
}

/// <summary>The sums of a ledger.</summary>
/// <param name="Authorized">Held ever.</param>
/// <param name="Voided">Let go ever.</param>
/// <param name="Captured">Taken ever.</param>
/// <param name="Refunded">Given back and not failed.</param>
/// <param name="Disputed">In open disputes.</param>
/// <param name="Lost">Lost in disputes.</param>
public sealed record LedgerTotals(long Authorized, long Voided, long Captured, long Refunded, long Disputed, long Lost)
{
    /// <summary>Held now.</summary>
    public long Held => Authorized - Voided - Captured;

    /// <summary>Adds up.</summary>
    public static LedgerTotals Of(IEnumerable<LedgerEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var sums = new long[Enum.GetValues<LedgerKind>().Length];
        foreach (var entry in entries)
            sums[(int)entry.Kind] += entry.Amount;
        return new(
            sums[(int)LedgerKind.Authorized],
            sums[(int)LedgerKind.Voided],
            sums[(int)LedgerKind.Captured],
            sums[(int)LedgerKind.Refunded] - sums[(int)LedgerKind.RefundFailed],
            sums[(int)LedgerKind.Disputed] - sums[(int)LedgerKind.DisputeWon] - sums[(int)LedgerKind.DisputeLost],
            sums[(int)LedgerKind.DisputeLost]);
    }
}

/// <summary>
/// The ledger of a payment. Each new version of a payment is brought to it in one place, so no change of money can be left
/// out: what the version says and the entries do not is appended.
/// </summary>
public static class Ledger
{
    /// <summary>The payment with the entries that its latest change lacks.</summary>
    /// <param name="payment">The new version.</param>
    /// <param name="now">The time of the change.</param>
    public static Payment Record(Payment payment, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(payment);
        var entries = payment.Ledger.ToList();
        RecordHold(payment, entries, now);
        RecordRefunds(payment, entries, now);
        RecordDisputes(payment, entries, now);
        return entries.Count == payment.Ledger.Count ? payment : payment with { Ledger = entries };
    }

    /// <summary>Why a payment and its ledger do not agree; null when they do.</summary>
    public static string? Audit(Payment payment)
    {
        ArgumentNullException.ThrowIfNull(payment);
        var totals = LedgerTotals.Of(payment.Ledger);
        var held = payment.Status == PaymentStatus.Authorized ? payment.Amount : 0;
        var disputed = payment.Disputes.Where(dispute => dispute.Status == DisputeStatus.Open).Sum(dispute => dispute.Amount);
        var lost = payment.Disputes.Where(dispute => dispute.Status == DisputeStatus.Lost).Sum(dispute => dispute.Amount);
        return (totals.Held, totals.Captured, totals.Refunded, totals.Disputed, totals.Lost) == (held, payment.Captured, payment.Refunded, disputed, lost)
            ? null
            : $"The ledger of {payment.Id} adds up to {totals}, but it is {payment.Status}: held {held}, captured {payment.Captured}, "
                + $"refunded {payment.Refunded}, disputed {disputed}, lost {lost}.";
    }

    private static void RecordHold(Payment payment, List<LedgerEntry> entries, DateTimeOffset now)
    {
        var totals = LedgerTotals.Of(entries);
        var held = totals.Held;
        if (payment.Status is PaymentStatus.Authorized or PaymentStatus.Captured or PaymentStatus.Refunded && totals.Authorized == 0)
        {
            Add(entries, LedgerKind.Authorized, payment.Amount, now, payment.HoldReference ?? payment.ProviderReference);
            held += payment.Amount;
        }

        if (payment.Captured > totals.Captured)
        {
            Add(entries, LedgerKind.Captured, payment.Captured - totals.Captured, now, payment.CaptureReference ?? payment.ProviderReference);
            held -= payment.Captured - totals.Captured;
        }

        if (payment.Status != PaymentStatus.Authorized && held > 0)
            Add(entries, LedgerKind.Voided, held, now, payment.HoldReference ?? payment.ProviderReference, detail: payment.VoidReason);
    }

    private static void RecordRefunds(Payment payment, List<LedgerEntry> entries, DateTimeOffset now)
    {
        foreach (var refund in payment.Refunds)
        {
            var given = entries.Exists(entry => entry.Kind == LedgerKind.Refunded && entry.Item == refund.Id);
            if (refund.Status == RefundStatus.Accepted && !given)
                Add(entries, LedgerKind.Refunded, refund.Amount, now, refund.ProviderReference, refund.Id, refund.Reason);
            else if (refund.Status == RefundStatus.Failed && given && !entries.Exists(entry => entry.Kind == LedgerKind.RefundFailed && entry.Item == refund.Id))
                Add(entries, LedgerKind.RefundFailed, refund.Amount, now, refund.ProviderReference, refund.Id, refund.Failure);
        }
    }

    private static void RecordDisputes(Payment payment, List<LedgerEntry> entries, DateTimeOffset now)
    {
        foreach (var dispute in payment.Disputes)
        {
            if (!entries.Exists(entry => entry.Kind == LedgerKind.Disputed && entry.Item == dispute.Reference))
                Add(entries, LedgerKind.Disputed, dispute.Amount, now, dispute.Reference, dispute.Reference, dispute.Reason);
            var end = dispute.Status == DisputeStatus.Won ? LedgerKind.DisputeWon : LedgerKind.DisputeLost;
            if (dispute.Status != DisputeStatus.Open && !entries.Exists(entry => entry.Kind == end && entry.Item == dispute.Reference))
                Add(entries, end, dispute.Amount, now, dispute.Reference, dispute.Reference);
        }
    }

    private static void Add(
        List<LedgerEntry> entries, LedgerKind kind, long amount, DateTimeOffset now, string? reference, string? item = null, string? detail = null)
    {
        if (amount > 0)
        {
            entries.Add(new LedgerEntry(entries.Count + 1, kind, amount, now)
            {
                Reference = reference,
                Item = item,
                Detail = string.IsNullOrEmpty(detail) ? null : detail,
            });
        }
    }
}
