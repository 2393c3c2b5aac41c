using NexusCart.Payments.Domain;

namespace NexusCart.Payments.Providers.PayPal;

/// <summary>Reads PayPal's objects.</summary>
public static class PayPalMapping
{
    /// <summary>What an order says: the money that moved for it first, then the order itself.</summary>
    /// <exception cref="OutcomeUnknownException">It is not one of ours, or an amount cannot be read.</exception>
    public static Observation Observe(PayPalOrder order)
    {
        ArgumentNullException.ThrowIfNull(order);
        try
        {
            var unit = order.PurchaseUnits.Count == 1 ? order.PurchaseUnits[0] : throw new FormatException($"Order {order.Id} has {order.PurchaseUnits.Count} units.");
            var amount = unit.Amount ?? throw new FormatException($"Order {order.Id} has no amount.");
            var payments = unit.Payments ?? new PayPalPayments();
            return ByMoney(new Observation(ByStatus(order.Status), order.Id), payments) with
            {
                Amount = PayPalMoney.FromPayPal(amount.Value, amount.CurrencyCode),
                Currency = amount.CurrencyCode,
                Refunds = [.. payments.Refunds.Select(Observe)],
                Action = order.Links.FirstOrDefault(link => link.Rel is "payer-action" or "approve") is { } link ? new CustomerAction(null, link.Href) : null,
            };
        }
        catch (FormatException unreadable)
        {
            throw new OutcomeUnknownException(unreadable.Message, unreadable) { Passing = false };
        }
    }

    /// <summary>What a refund says.</summary>
    public static RefundObservation Observe(PayPalRefund refund)
    {
        ArgumentNullException.ThrowIfNull(refund);
        var accepted = refund.Status is not ("FAILED" or "CANCELLED");
        return new RefundObservation(refund.CustomId ?? refund.Id, refund.Id, accepted, accepted ? null : refund.Status.ToLowerInvariant())
        {
            Amount = refund.Amount is { } amount ? PayPalMoney.FromPayPal(amount.Value, amount.CurrencyCode) : null,
        };
    }

    /// <summary>Why something was refused: <c>instrument_declined</c>.</summary>
    public static Decline ToDecline(PayPalException refusal)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        var words = refusal.Fault is { Details: [var first, ..] } ? first.Description : refusal.Fault?.Message;
        return new Decline(refusal.Issue.ToLowerInvariant(), words ?? "The payment was declined.");
    }

    private static Observation ByMoney(Observation order, PayPalPayments payments)
    {
        // Of several holds the last counts: an order has another only when one was renewed.
        var hold = payments.Authorizations.Count > 0 ? payments.Authorizations[^1] : null;
        var taken = payments.Captures.Where(capture => capture.Status is "COMPLETED" or "PARTIALLY_REFUNDED" or "REFUNDED").ToList();
        var seen = order with { Hold = hold?.Id, HoldEnds = hold?.ExpirationTime };
        if (taken.Count > 0)
        {
            return seen with
            {
                Status = ProviderStatus.Captured,
                Captured = taken.Sum(capture => PayPalMoney.FromPayPal(capture.Amount!.Value, capture.Amount.CurrencyCode)),
                Capture = taken[^1].Id,
            };
        }

        return hold?.Status switch
        {
            null => seen,
            // On its way is not there.
            _ when payments.Captures.Any(capture => capture.Status == "PENDING") => seen with { Status = ProviderStatus.Open },
            "CREATED" => seen with { Status = ProviderStatus.Authorized },
            "VOIDED" or "EXPIRED" => seen with { Status = ProviderStatus.Canceled },
            "DENIED" => seen with { Status = ProviderStatus.Declined, Decline = new("authorization_denied", "PayPal denied the payment after a review.") },
            _ => seen with { Status = ProviderStatus.Open },
        };
    }

    private static ProviderStatus ByStatus(string status) => status switch
    {
        "CREATED" or "SAVED" or "PAYER_ACTION_REQUIRED" => ProviderStatus.ActionRequired,
        "APPROVED" => ProviderStatus.Approved,
        "VOIDED" => ProviderStatus.Canceled,
        _ => ProviderStatus.Open,
    };
}
