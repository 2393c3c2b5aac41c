using NexusCart.Payments.Domain;
using NexusCart.Payments.Providers.PayPal;
using NexusCart.Platform.Values;

namespace NexusCart.Payments.Webhooks;

/// <summary>What PayPal's events say to a payment.</summary>
public static class PayPalEvents
{
    /// <summary>
    /// Reads an event. Null for types this shop does not act on and for objects that are none of its payments. An event is a reason
    /// to look: PayPal's come in any order, so the order is asked for from the inbox and what it says by then counts.
    /// </summary>
    public static Webhook? Read(PayPalEvent told)
    {
        ArgumentNullException.ThrowIfNull(told);
        if (told is not { Id.Length: > 0, EventType: { } type, Resource: { } resource })
            return null;
        return type switch
        {
            "CHECKOUT.ORDER.APPROVED" or "CHECKOUT.ORDER.COMPLETED" or "CHECKOUT.ORDER.VOIDED"
                or "CHECKOUT.PAYMENT-APPROVAL.REVERSED"
                or "PAYMENT.AUTHORIZATION.CREATED" or "PAYMENT.AUTHORIZATION.VOIDED" or "PAYMENT.AUTHORIZATION.DENIED"
                or "PAYMENT.CAPTURE.COMPLETED" or "PAYMENT.CAPTURE.DENIED" or "PAYMENT.CAPTURE.DECLINED" or "PAYMENT.CAPTURE.PENDING"
                or "PAYMENT.CAPTURE.REFUNDED" or "PAYMENT.CAPTURE.REVERSED"
                or "PAYMENT.REFUND.PENDING" or "PAYMENT.REFUND.FAILED" => Look(told.Id, type, resource),
            "CUSTOMER.DISPUTE.CREATED" or "CUSTOMER.DISPUTE.UPDATED" or "CUSTOMER.DISPUTE.RESOLVED" => Dispute(told.Id, type, resource),
            _ => null,
        };
    }

    private static Webhook? Look(string eventId, string type, PayPalResource resource)
    {
        if (PaymentOf(resource) is { } paymentId)
            return new(eventId, type, paymentId, new TakeIn(new InboxItem(eventId, ProviderNames.PayPal, type, paymentId, Reference: null)));
        return resource.SupplementaryData?.RelatedIds?.OrderId is { Length: > 0 } order
            ? new(eventId, type, eventId, new TakeIn(new InboxItem(eventId, ProviderNames.PayPal, type, PaymentId: null, order)))
            : null;
    }

    private static Webhook? Dispute(string eventId, string type, PayPalResource resource)
    {
        var about = resource.DisputedTransactions.Select(disputed => disputed.InvoiceNumber ?? disputed.Custom).FirstOrDefault(Identifiers.IsId);
        if (about is null || resource is not { DisputeId: { } dispute, DisputeAmount: { } amount })
            return null;
        var status = (type, resource.DisputeOutcome?.OutcomeCode) switch
        {
            ("CUSTOMER.DISPUTE.RESOLVED", "RESOLVED_SELLER_FAVOUR" or "CANCELED_BY_BUYER" or "DENIED") => DisputeStatus.Won,
            ("CUSTOMER.DISPUTE.RESOLVED", _) => DisputeStatus.Lost,
            _ => DisputeStatus.Open,
        };
        var seen = new DisputeObservation(
            dispute, PayPalMoney.FromPayPal(amount.Value, amount.CurrencyCode), status, resource.Reason?.ToLowerInvariant() ?? "general");
        return new(eventId, type, about, new ObserveDispute(seen, eventId));
    }

    // A refund's invoice is the payment's with the refund's id behind it; its custom id is the refund's.
    private static string? PaymentOf(PayPalResource resource)
    {
        var order = resource.PurchaseUnits.Select(unit => unit.CustomId ?? unit.InvoiceId).FirstOrDefault(Identifiers.IsId);
        if (order is not null)
            return order;
        return resource.CustomId is { } custom && custom == resource.InvoiceId && Identifiers.IsId(custom) ? custom : null;
    }
}
