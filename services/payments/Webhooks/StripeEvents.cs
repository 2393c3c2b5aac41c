using NexusCart.Payments.Domain;
using NexusCart.Payments.Providers.Stripe;
using NexusCart.Platform.Values;
using Stripe;

namespace NexusCart.Payments.Webhooks;

/// <summary>What Stripe's events say to a payment.</summary>
public static class StripeEvents
{
    /// <summary>
    /// Reads an event. Null for types this shop does not act on and for objects that are none of its payments. Other charge
    /// events are left out because the payment's or the refund's own event says the same. Disputes, and refunds that staff made at
    /// Stripe, do not name our payment: it is asked for from the inbox.
    /// </summary>
    public static Webhook? Read(Event stripeEvent)
    {
        ArgumentNullException.ThrowIfNull(stripeEvent);
        return stripeEvent.Type switch
        {
            EventTypes.PaymentIntentSucceeded
                or EventTypes.PaymentIntentPaymentFailed
                or EventTypes.PaymentIntentCanceled
                or EventTypes.PaymentIntentRequiresAction
                or EventTypes.PaymentIntentProcessing
                or EventTypes.PaymentIntentAmountCapturableUpdated => Read(stripeEvent, (PaymentIntent)stripeEvent.Data.Object),
            EventTypes.RefundCreated or EventTypes.RefundUpdated or EventTypes.RefundFailed => Read(stripeEvent, (Refund)stripeEvent.Data.Object),
            EventTypes.ChargeDisputeCreated or EventTypes.ChargeDisputeUpdated or EventTypes.ChargeDisputeClosed =>
                Read(stripeEvent, (Dispute)stripeEvent.Data.Object),
            _ => null,
        };
    }

    private static Webhook? Read(Event stripeEvent, PaymentIntent intent) => Known(intent.Metadata) is { } paymentId
        ? new(stripeEvent.Id, stripeEvent.Type, paymentId, new Observe(StripeMapping.Observe(intent), stripeEvent.Id))
        : null;

    private static Webhook? Read(Event stripeEvent, Refund refund)
    {
        var seen = StripeMapping.Observe(refund);
        if (Known(refund.Metadata) is { } paymentId)
            return new(stripeEvent.Id, stripeEvent.Type, paymentId, new ObserveRefund(seen, stripeEvent.Id));
        return refund.PaymentIntentId is null ? null : Later(stripeEvent, Item(stripeEvent, refund.PaymentIntentId) with { Refund = seen });
    }

    private static Webhook? Read(Event stripeEvent, Dispute dispute) => dispute.PaymentIntentId is { } reference
        ? Later(stripeEvent, Item(stripeEvent, reference) with { Dispute = StripeMapping.Observe(dispute) })
        : null;

    private static InboxItem Item(Event stripeEvent, string reference) =>
        new(stripeEvent.Id, ProviderNames.Stripe, stripeEvent.Type, PaymentId: null, reference);

    private static Webhook Later(Event stripeEvent, InboxItem item) => new(stripeEvent.Id, stripeEvent.Type, stripeEvent.Id, new TakeIn(item));

    private static string? Known(Dictionary<string, string>? metadata) =>
        metadata?.GetValueOrDefault(StripeMapping.PaymentIdKey) is { } paymentId && Identifiers.IsId(paymentId) ? paymentId : null;
}
