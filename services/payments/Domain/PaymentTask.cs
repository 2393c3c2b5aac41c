using System.Security.Cryptography;
using System.Text;

namespace NexusCart.Payments.Domain;

/// <summary>Kinds of tasks for staff.</summary>
public static class PaymentTaskKinds
{
    /// <summary>Money that was said to be given back is not: give it back in another way.</summary>
    public const string RefundFailed = "refund_failed";

    /// <summary>A bank wants taken money back: answer it at the provider.</summary>
    public const string Dispute = "dispute";

    /// <summary>The books and the provider disagree in a way the rules do not know.</summary>
    public const string Anomaly = "anomaly";

    /// <summary>A hold is about to run out, or did, and nobody took the money.</summary>
    public const string Uncaptured = "uncaptured";
}

/// <summary>Something about a payment that people have to do.</summary>
/// <param name="Id">The same for the same matter, however often it is found.</param>
/// <param name="Kind">One of <see cref="PaymentTaskKinds"/>.</param>
/// <param name="PaymentId">The payment.</param>
/// <param name="Amount">Minor units it is about; 0 when there is no amount.</param>
/// <param name="Currency">ISO 4217, upper case; may be empty.</param>
/// <param name="Detail">What happened, for people.</param>
/// <param name="OpenedAt">When it was found first.</param>
public sealed record PaymentTask(string Id, string Kind, string PaymentId, long Amount, string Currency, string Detail, DateTimeOffset OpenedAt)
{
    /// <summary>When it was done; null while it is open.</summary>
    public DateTimeOffset? ResolvedAt { get; init; }

    /// <summary>Who did it: a user's id, or <c>payments</c> when it ended by itself.</summary>
    public string? ResolvedBy { get; init; }

    /// <summary>What was done.</summary>
    public string? Note { get; init; }

    /// <summary>The task of a refund that failed later.</summary>
    public static PaymentTask Of(Payment payment, PaymentRefund failed)
    {
        ArgumentNullException.ThrowIfNull(payment);
        ArgumentNullException.ThrowIfNull(failed);
        return Of(payment, PaymentTaskKinds.RefundFailed, failed.Id, failed.Amount, $"Refund {failed.Id} failed: {failed.Failure ?? "unknown"}.");
    }

    /// <summary>The task of a dispute.</summary>
    public static PaymentTask Of(Payment payment, PaymentDispute dispute)
    {
        ArgumentNullException.ThrowIfNull(payment);
        ArgumentNullException.ThrowIfNull(dispute);
        return Of(payment, PaymentTaskKinds.Dispute, dispute.Reference, dispute.Amount, $"Dispute {dispute.Reference}: {dispute.Reason}.");
    }

    /// <summary>A task about a payment.</summary>
    /// <param name="payment">The payment.</param>
    /// <param name="kind">One of <see cref="PaymentTaskKinds"/>.</param>
    /// <param name="item">What of the payment it is about.</param>
    /// <param name="amount">Minor units.</param>
    /// <param name="detail">For people.</param>
    public static PaymentTask Of(Payment payment, string kind, string item, long amount, string detail)
    {
        ArgumentNullException.ThrowIfNull(payment);
        return new(IdOf(kind, payment.Id, item), kind, payment.Id, amount, payment.Currency, detail, payment.UpdatedAt);
    }

    private static string IdOf(string kind, string paymentId, string item) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}\n{paymentId}\n{item}")))[..32];
}

/// <summary>The end of a task.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="By">Who ended it.</param>
/// <param name="Note">What was done.</param>
public sealed record TaskResolution(string TaskId, string By, string Note);

/// <summary>Asks for tasks, oldest first.</summary>
/// <param name="Resolved">False for the open ones, true for the last that were done.</param>
/// <param name="Token">Empty for the first page.</param>
/// <param name="Limit">Most tasks in the page.</param>
public sealed record TaskQuery(bool Resolved, string Token, int Limit);

/// <summary>A page of tasks.</summary>
/// <param name="Tasks">The tasks.</param>
/// <param name="NextToken">Empty on the last page.</param>
public sealed record TaskPage(IReadOnlyList<PaymentTask> Tasks, string NextToken);
