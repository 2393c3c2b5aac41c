using Google.Protobuf.WellKnownTypes;
using NexusCart.Common.V1;
using NexusCart.Payments.Domain;

namespace NexusCart.Payments.Api;

/// <summary>Between the messages for staff and the domain.</summary>
public static class StaffMapping
{
    /// <summary>The ledger of a payment.</summary>
    public static V1.PaymentLedger ToLedger(Payment payment)
    {
        ArgumentNullException.ThrowIfNull(payment);
        var totals = LedgerTotals.Of(payment.Ledger);
        Money Money(long minorUnits) => new() { MinorUnits = minorUnits, Currency = payment.Currency };
        var ledger = new V1.PaymentLedger
        {
            Payment = PaymentMapping.ToAudited(payment),
            Held = Money(totals.Held),
            Captured = Money(totals.Captured),
            Refunded = Money(totals.Refunded),
            Disputed = Money(totals.Disputed),
            Lost = Money(totals.Lost),
        };
        ledger.Entries.AddRange(payment.Ledger.Select(entry => new V1.LedgerEntry
        {
            Number = entry.Number,
            Kind = NameOf(entry.Kind),
            Amount = Money(entry.Amount),
            At = Timestamp.FromDateTimeOffset(entry.At),
            ProviderReference = entry.Reference ?? "",
            ItemId = entry.Item ?? "",
            Detail = entry.Detail ?? "",
        }));
        return ledger;
    }

    /// <summary>A task.</summary>
    public static V1.PaymentTask ToMessage(PaymentTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return new V1.PaymentTask
        {
            TaskId = task.Id,
            Kind = task.Kind,
            PaymentId = task.PaymentId,
            Amount = task.Amount > 0 ? new Money { MinorUnits = task.Amount, Currency = task.Currency } : null,
            Detail = task.Detail,
            OpenedAt = Timestamp.FromDateTimeOffset(task.OpenedAt),
            ResolvedAt = task.ResolvedAt is { } at ? Timestamp.FromDateTimeOffset(at) : null,
            ResolvedBy = task.ResolvedBy ?? "",
            Note = task.Note ?? "",
        };
    }

    /// <summary>A report.</summary>
    public static V1.ReconciliationReport ToMessage(ReconciliationReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var message = new V1.ReconciliationReport
        {
            ReportId = report.Id,
            StartedAt = Timestamp.FromDateTimeOffset(report.StartedAt),
            FinishedAt = Timestamp.FromDateTimeOffset(report.FinishedAt),
            Since = Timestamp.FromDateTimeOffset(report.Since),
            Until = Timestamp.FromDateTimeOffset(report.Until),
            Deep = report.Deep,
            Checked = report.Checked,
            Unreachable = report.Unreachable,
            FindingCount = report.FindingCount,
        };
        message.Findings.AddRange(report.Findings.Select(finding => new V1.ReconciliationFinding
        {
            PaymentId = finding.PaymentId,
            Provider = finding.Provider,
            Kind = finding.Kind,
            Detail = finding.Detail,
            Repaired = finding.Repaired,
        }));
        return message;
    }

    private static string NameOf(LedgerKind kind) => kind switch
    {
        LedgerKind.Authorized => "authorized",
        LedgerKind.Voided => "voided",
        LedgerKind.Captured => "captured",
        LedgerKind.Refunded => "refunded",
        LedgerKind.RefundFailed => "refund_failed",
        LedgerKind.Disputed => "disputed",
        LedgerKind.DisputeWon => "dispute_won",
        LedgerKind.DisputeLost => "dispute_lost",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such kind."),
    };
}
