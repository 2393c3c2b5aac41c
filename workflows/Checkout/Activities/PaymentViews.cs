using NexusCart.Payments.V1;

namespace NexusCart.Workflows.Checkout.Activities;

internal static class PaymentViews
{
    private const string StripeAuthenticationFailure = "payment_intent_authentication_failure";

    /// <summary>What a payment means for the saga.</summary>
    public static PaymentView Of(Payment payment) => payment.Status switch
    {
        PaymentStatus.Authorized => new PaymentView(PaymentStanding.Secured),
        PaymentStatus.Captured => new PaymentView(PaymentStanding.Secured, Captured: true),
        PaymentStatus.ActionRequired => new PaymentView(PaymentStanding.ActionRequired),
        PaymentStatus.Declined when payment.DeclineCode.StartsWith(StripeAuthenticationFailure, StringComparison.Ordinal) =>
            new PaymentView(
                PaymentStanding.Refused, Reason: CheckoutReasons.AuthenticationFailed, Detail: "The payment was not authenticated."),
        PaymentStatus.Declined => new PaymentView(
            PaymentStanding.Refused, Reason: ReasonOf(payment.DeclineCode), Detail: DetailOf(payment)),
        PaymentStatus.Voided or PaymentStatus.Refunded => new PaymentView(
            PaymentStanding.Refused, Reason: CheckoutReasons.PaymentRefused, Detail: "The payment was given up before."),
        _ when payment.ProviderUnavailable => new PaymentView(PaymentStanding.Parked, Detail: OutOfOrder(payment)),
        _ => new PaymentView(PaymentStanding.Pending),
    };

    private static string OutOfOrder(Payment payment)
    {
        var waiting = $"The payment provider {payment.Provider} is out of order; the checkout waits for it.";
        return payment.OfferedProviders.Count == 0 ? waiting : $"{waiting} Or pay by {string.Join(", ", payment.OfferedProviders)}.";
    }

    // "card_declined/insufficient_funds": the first part is the reason, the whole is for the history.
    private static string ReasonOf(string declineCode)
    {
        var code = declineCode.Split('/', 2)[0];
        return code.Length == 0 ? CheckoutReasons.PaymentRefused : code;
    }

    private static string DetailOf(Payment payment) => payment.DeclineMessage.Length > 0
        ? payment.DeclineMessage
        : $"The payment was declined ({payment.DeclineCode}).";
}
