using NexusCart.Payments.Domain;
using Stripe;

namespace NexusCart.Payments.Providers.Stripe;

/// <summary>Reads Stripe's objects.</summary>
public static class StripeMapping
{
    /// <summary>Metadata key of our payment id.</summary>
    public const string PaymentIdKey = "payment_id";

    /// <summary>Metadata key of our refund id.</summary>
    public const string RefundIdKey = "refund_id";

    /// <summary>What a payment intent says.</summary>
    public static Observation Observe(PaymentIntent intent)
    {
        ArgumentNullException.ThrowIfNull(intent);
        var currency = intent.Currency.ToUpperInvariant();
        return new Observation(Status(intent), intent.Id)
        {
            Amount = StripeMoney.FromStripe(intent.Amount, currency),
            Currency = currency,
            Captured = StripeMoney.FromStripe(intent.AmountReceived, currency),
            Action = intent.Status == "requires_action" ? new CustomerAction(intent.ClientSecret, intent.NextAction?.RedirectToUrl?.Url) : null,
            Decline = intent.LastPaymentError is { } error ? ToDecline(error) : null,
        };
    }

    /// <summary>What a refund says. One made by hand has no id of ours and goes by Stripe's.</summary>
    public static RefundObservation Observe(Refund refund)
    {
        ArgumentNullException.ThrowIfNull(refund);
        var accepted = refund.Status is not ("failed" or "canceled");
        return new RefundObservation(
            refund.Metadata?.GetValueOrDefault(RefundIdKey) ?? refund.Id, refund.Id, accepted, accepted ? null : refund.FailureReason ?? refund.Status)
        {
            Amount = StripeMoney.FromStripe(refund.Amount, refund.Currency?.ToUpperInvariant() ?? ""),
        };
    }

    /// <summary>What a dispute says.</summary>
    public static DisputeObservation Observe(Dispute dispute)
    {
        ArgumentNullException.ThrowIfNull(dispute);
        var status = dispute.Status switch
        {
            "won" or "warning_closed" => DisputeStatus.Won,
            "lost" => DisputeStatus.Lost,
            _ => DisputeStatus.Open,
        };
        return new(dispute.Id, StripeMoney.FromStripe(dispute.Amount, dispute.Currency?.ToUpperInvariant() ?? ""), status, dispute.Reason ?? "general");
    }

    /// <summary>Why something was refused: <c>card_declined/insufficient_funds</c>.</summary>
    public static Decline ToDecline(StripeError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        var code = error.Code ?? error.Type ?? "declined";
        return new Decline(error.DeclineCode is { } why && why != code ? $"{code}/{why}" : code, error.Message ?? "The payment was declined.");
    }

    // A failed attempt sends the intent back to choosing a card; only the error tells it from a fresh one.
    private static ProviderStatus Status(PaymentIntent intent) => intent.Status switch
    {
        "requires_action" => ProviderStatus.ActionRequired,
        "requires_capture" => ProviderStatus.Authorized,
        "succeeded" => ProviderStatus.Captured,
        "canceled" => ProviderStatus.Canceled,
        "requires_payment_method" when intent.LastPaymentError is not null => ProviderStatus.Declined,
        _ => ProviderStatus.Open,
    };
}
