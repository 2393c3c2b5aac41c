using System.Diagnostics.CodeAnalysis;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Providers.Stripe;
using Stripe;

namespace NexusCart.Payments.Webhooks;

/// <summary>What Stripe's events say to a payment.</summary>
public static class StripeEvents
{
    /// <summary>
    /// Reads an event. False for types this shop does not act on and for objects that are none of its payments. Other charge
    /// events are left out because the payment's or the refund's own event says the same.
    /// </summary>
    public static bool TryRead(Event stripeEvent, [NotNullWhen(true)] out string? paymentId, [NotNullWhen(true)] out PaymentCommand? command)
    {
        ArgumentNullException.ThrowIfNull(stripeEvent);
        (paymentId, command) = stripeEvent.Type switch
        {
            EventTypes.PaymentIntentSucceeded
                or EventTypes.PaymentIntentPaymentFailed
                or EventTypes.PaymentIntentCanceled
                or EventTypes.PaymentIntentRequiresAction
                or EventTypes.PaymentIntentProcessing
                or EventTypes.PaymentIntentAmountCapturableUpdated => Read(stripeEvent, stripeEvent.Data.Object as PaymentIntent),
            EventTypes.RefundCreated or EventTypes.RefundUpdated or EventTypes.RefundFailed => Read(stripeEvent, stripeEvent.Data.Object as Refund),
            _ => (null, null),
        };
        return paymentId is not null && command is not null;
    }

    private static (string?, PaymentCommand?) Read(Event stripeEvent, PaymentIntent? intent) => intent is null
        ? (null, null)
        : (intent.Metadata?.GetValueOrDefault(StripeMapping.PaymentIdKey), new Observe(StripeMapping.Observe(intent), stripeEvent.Id));

    private static (string?, PaymentCommand?) Read(Event stripeEvent, Refund? refund) => refund is null || StripeMapping.Observe(refund) is not { } seen
        ? (null, null)
        : (refund.Metadata?.GetValueOrDefault(StripeMapping.PaymentIdKey), new ObserveRefund(seen, stripeEvent.Id));
}
