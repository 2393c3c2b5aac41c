using System.Text.Json.Serialization;
using NexusCart.Payments.Domain;
using NexusCart.Platform.Actors;

namespace NexusCart.Payments.Events;

/// <summary>Money in an event.</summary>
/// <param name="MinorUnits">1299 EUR is 12.99 euro.</param>
/// <param name="Currency">ISO 4217, upper case.</param>
public sealed record EventMoney(long MinorUnits, string Currency);

/// <summary>
/// The payload of every payment event: the payment after the change. Topic <c>payments</c>, keyed by payment id. Types:
/// <c>payment.authorized.v1</c>, <c>payment.action_required.v1</c>, <c>payment.declined.v1</c>, <c>payment.captured.v1</c>,
/// <c>payment.voided.v1</c>, <c>payment.refunded.v1</c>.
/// </summary>
/// <param name="PaymentId">The order's id.</param>
/// <param name="Status"><c>authorized</c>, <c>action_required</c>, <c>declined</c>, <c>captured</c>, <c>voided</c> or <c>refunded</c>;
/// <c>captured</c> in a <c>payment.refunded.v1</c> whose refund failed later and left nothing given back.</param>
/// <param name="Provider"><c>stripe</c> or <c>paypal</c>.</param>
/// <param name="ProviderReference">The provider's id; null when it has none.</param>
/// <param name="Amount">What was to be authorised.</param>
/// <param name="Captured">Taken.</param>
/// <param name="Refunded">Given back.</param>
/// <param name="DeclineCode">When declined: <c>card_declined/insufficient_funds</c>.</param>
/// <param name="DeclineMessage">When declined, for people.</param>
/// <param name="Version">Rises with each change of the payment: ignore what is older than what you know.</param>
/// <param name="At">When it changed.</param>
public sealed record PaymentChanged(
    string PaymentId,
    string Status,
    string Provider,
    string? ProviderReference,
    EventMoney Amount,
    EventMoney Captured,
    EventMoney Refunded,
    string? DeclineCode,
    string? DeclineMessage,
    long Version,
    DateTimeOffset At);

/// <summary>
/// <c>payment.refund_failed.v1</c> on topic <c>payments</c>: money that was said to be given back is not. Somebody has to give it
/// back in another way.
/// </summary>
/// <param name="PaymentId">The order's id.</param>
/// <param name="RefundId">The id of the refund, as its caller gave it.</param>
/// <param name="Provider"><c>stripe</c> or <c>paypal</c>.</param>
/// <param name="Amount">What is not given back.</param>
/// <param name="Reason">The provider's word.</param>
/// <param name="Version">Of the payment.</param>
/// <param name="At">When it was learned.</param>
public sealed record RefundFailed(
    string PaymentId, string RefundId, string Provider, EventMoney Amount, string Reason, long Version, DateTimeOffset At);

/// <summary>
/// <c>payment.disputed.v1</c> and <c>payment.dispute_closed.v1</c> on topic <c>payments</c>: a bank wants taken money back, and how
/// that ended.
/// </summary>
/// <param name="PaymentId">The order's id.</param>
/// <param name="DisputeId">The provider's id of the dispute.</param>
/// <param name="Provider"><c>stripe</c> or <c>paypal</c>.</param>
/// <param name="Amount">What is in dispute; the provider's fees do not count.</param>
/// <param name="Status"><c>open</c>, <c>won</c> or <c>lost</c>.</param>
/// <param name="Reason">The provider's word: <c>fraudulent</c>.</param>
/// <param name="Version">Of the payment.</param>
/// <param name="At">When it was learned.</param>
public sealed record PaymentDisputed(
    string PaymentId, string DisputeId, string Provider, EventMoney Amount, string Status, string Reason, long Version, DateTimeOffset At);

/// <summary>Makes payment events.</summary>
public static class PaymentEvents
{
    /// <summary>The topic of all payment events.</summary>
    public const string Topic = "payments";

    /// <summary>The event that tells <paramref name="news"/> of a payment. Its id is the payment's id and version.</summary>
    public static PendingEvent Of(Payment payment, PaymentNews news)
    {
        ArgumentNullException.ThrowIfNull(payment);
        var payload = new PaymentChanged(
            payment.Id,
            StatusName(payment.Status),
            payment.Provider,
            payment.ProviderReference,
            new(payment.Amount, payment.Currency),
            new(payment.Captured, payment.Currency),
            new(payment.Refunded, payment.Currency),
            payment.Decline?.Code,
            payment.Decline?.Message,
            payment.Version,
            payment.UpdatedAt);
        return PendingEvent.Create(
            $"{payment.Id}:{payment.Version}", TypeOf(news), Topic, payment.Id, payload, PaymentEventsJson.Default.PaymentChanged);
    }

    /// <summary>The event that tells of a refund that failed later.</summary>
    public static PendingEvent Of(Payment payment, PaymentRefund failed)
    {
        ArgumentNullException.ThrowIfNull(payment);
        ArgumentNullException.ThrowIfNull(failed);
        var payload = new RefundFailed(
            payment.Id, failed.Id, payment.Provider, new(failed.Amount, payment.Currency), failed.Failure ?? "unknown", payment.Version, payment.UpdatedAt);
        return PendingEvent.Create(
            $"{payment.Id}:{payment.Version}:refund-failed", "payment.refund_failed.v1", Topic, payment.Id, payload, PaymentEventsJson.Default.RefundFailed);
    }

    /// <summary>The event that tells of a dispute.</summary>
    public static PendingEvent Of(Payment payment, PaymentDispute dispute)
    {
        ArgumentNullException.ThrowIfNull(payment);
        ArgumentNullException.ThrowIfNull(dispute);
        var payload = new PaymentDisputed(
            payment.Id, dispute.Reference, payment.Provider, new(dispute.Amount, payment.Currency), dispute.Status.ToString().ToLowerInvariant(),
            dispute.Reason, payment.Version, payment.UpdatedAt);
        return PendingEvent.Create($"{payment.Id}:{payment.Version}:dispute", TypeOf(dispute.Status), Topic, payment.Id, payload, PaymentEventsJson.Default.PaymentDisputed);
    }

    /// <summary>The CloudEvents type of a dispute that is at <paramref name="status"/>.</summary>
    public static string TypeOf(DisputeStatus status) => status == DisputeStatus.Open ? "payment.disputed.v1" : "payment.dispute_closed.v1";

    /// <summary>The CloudEvents type of <paramref name="news"/>.</summary>
    public static string TypeOf(PaymentNews news) => news switch
    {
        PaymentNews.ActionRequired => "payment.action_required.v1",
        PaymentNews.Authorized => "payment.authorized.v1",
        PaymentNews.Declined => "payment.declined.v1",
        PaymentNews.Captured => "payment.captured.v1",
        PaymentNews.Voided => "payment.voided.v1",
        PaymentNews.Refunded => "payment.refunded.v1",
        _ => throw new ArgumentOutOfRangeException(nameof(news), news, "No such news."),
    };

    private static string StatusName(PaymentStatus status) => status switch
    {
        PaymentStatus.Pending => "pending",
        PaymentStatus.ActionRequired => "action_required",
        PaymentStatus.Authorized => "authorized",
        PaymentStatus.Captured => "captured",
        PaymentStatus.Voided => "voided",
        PaymentStatus.Declined => "declined",
        PaymentStatus.Refunded => "refunded",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "No such status."),
    };
}

/// <summary>How payment events are written, and those of others read.</summary>
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PaymentChanged))]
[JsonSerializable(typeof(RefundFailed))]
[JsonSerializable(typeof(PaymentDisputed))]
[JsonSerializable(typeof(ErasedUser))]
[JsonSerializable(typeof(ErasedOrder))]
public sealed partial class PaymentEventsJson : JsonSerializerContext;
