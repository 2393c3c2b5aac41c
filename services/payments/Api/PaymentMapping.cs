using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using NexusCart.Common.V1;
using NexusCart.Payments.Actors;
using NexusCart.Payments.Domain;
using NexusCart.Platform.Errors;

namespace NexusCart.Payments.Api;

/// <summary>Between the public messages and the domain.</summary>
public static class PaymentMapping
{
    /// <summary>The payment of an answer about <paramref name="paymentId"/>.</summary>
    /// <exception cref="RpcException">The command was refused.</exception>
    public static V1.Payment ToMessage(PaymentAnswer answer, string paymentId)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return answer.Refused is { } refused ? throw ToRefusal(refused, paymentId) : ToMessage(answer.Payment!);
    }

    /// <summary>The payment.</summary>
    public static V1.Payment ToMessage(Payment payment) => new()
    {
        PaymentId = payment.Id,
        Status = ToMessage(payment.Status),
        Provider = payment.Provider,
        ProviderReference = payment.ProviderReference ?? "",
        Amount = Money(payment.Amount, payment.Currency),
        Captured = Money(payment.Captured, payment.Currency),
        Refunded = Money(payment.Refunded, payment.Currency),
        DeclineCode = payment.Decline?.Code ?? "",
        DeclineMessage = payment.Decline?.Message ?? "",
        ClientSecret = payment.Action?.ClientSecret ?? "",
        RedirectUrl = payment.Action?.RedirectUrl ?? "",
        UpdatedAt = Timestamp.FromDateTimeOffset(payment.UpdatedAt),
    };

    /// <summary>The payment without what lets a browser pay: that is none of an auditor's business.</summary>
    public static V1.Payment ToAudited(Payment payment)
    {
        var audited = ToMessage(payment);
        audited.ClientSecret = "";
        audited.RedirectUrl = "";
        return audited;
    }

    private static RpcException ToRefusal(Refused refused, string paymentId) => refused.Kind switch
    {
        RefusalKind.NotFound => Refusal.NotFound("payment", paymentId),
        RefusalKind.AlreadyExists => Refusal.AlreadyExists(refused.Reason, refused.Detail),
        _ => Refusal.Precondition(refused.Reason, refused.Detail),
    };

    private static V1.PaymentStatus ToMessage(PaymentStatus status) => status switch
    {
        PaymentStatus.Pending => V1.PaymentStatus.Pending,
        PaymentStatus.ActionRequired => V1.PaymentStatus.ActionRequired,
        PaymentStatus.Authorized => V1.PaymentStatus.Authorized,
        PaymentStatus.Captured => V1.PaymentStatus.Captured,
        PaymentStatus.Voided => V1.PaymentStatus.Voided,
        PaymentStatus.Declined => V1.PaymentStatus.Declined,
        PaymentStatus.Refunded => V1.PaymentStatus.Refunded,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "No such status."),
    };

    private static Money Money(long minorUnits, string currency) => new() { MinorUnits = minorUnits, Currency = currency };
}
