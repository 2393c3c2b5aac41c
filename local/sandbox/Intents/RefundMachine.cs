namespace NexusCart.Sandbox.Intents;

/// <summary>What a refund did.</summary>
/// <param name="Refund">The refund, or null when it was refused.</param>
/// <param name="Intent">The payment after it.</param>
/// <param name="Error">Why it was refused.</param>
public sealed record RefundTransition(Refund? Refund, PaymentIntent Intent, ApiError? Error = null);

/// <summary>The provider's rules for giving money back.</summary>
public static class RefundMachine
{
    /// <summary>Gives captured money back, never more than is left.</summary>
    /// <param name="intent">The payment.</param>
    /// <param name="amount">Minor units, or null for all that is left.</param>
    /// <param name="card">The card it goes back to; some settle later.</param>
    /// <param name="settlesAfter">How long that takes.</param>
    /// <param name="now">The provider's time.</param>
    public static RefundTransition Create(PaymentIntent intent, long? amount, TestCard card, TimeSpan settlesAfter, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(intent);
        ArgumentNullException.ThrowIfNull(card);
        if (intent.Status != IntentStatus.Succeeded || intent.LatestCharge is not { AmountCaptured: > 0 } charge)
        {
            return new(null, intent, ApiError.Invalid(null, "payment_intent",
                $"This PaymentIntent ({intent.Id}) does not have a successful charge to refund."));
        }

        if (charge.Dispute is not null)
        {
            return new(null, intent, ApiError.Invalid("charge_disputed", "charge",
                $"The charge {charge.Id} has been charged back; cannot issue a refund."));
        }

        var left = charge.AmountCaptured - charge.AmountRefunded;
        if (left == 0)
            return new(null, intent, ApiError.Invalid("charge_already_refunded", "charge", $"Charge {charge.Id} has already been refunded."));
        var given = amount ?? left;
        if (given > left)
        {
            return new(null, intent, ApiError.Invalid("amount_too_large", "amount",
                $"Refund amount ({Currencies.Display(given, intent.Currency)}) is greater than unrefunded amount on charge ({Currencies.Display(left, intent.Currency)})"));
        }

        var refund = new Refund
        {
            Id = Ids.New("re"),
            PaymentIntentId = intent.Id,
            ChargeId = charge.Id,
            Amount = given,
            Currency = intent.Currency,
            // A refund that succeeds later is pending now; one that fails later looks like a success first.
            Status = card.RefundSettlesAs == "succeeded" ? "pending" : "succeeded",
            Created = now,
            SettlesAs = card.RefundSettlesAs,
            SettlesAt = card.RefundSettlesAs is null ? null : now + settlesAfter,
        };
        return new(refund, intent with { LatestCharge = charge with { AmountRefunded = charge.AmountRefunded + given } });
    }

    /// <summary>Brings a refund to the status it was bound for; a failed one counts as never given.</summary>
    public static RefundTransition Settle(Refund refund, PaymentIntent intent)
    {
        ArgumentNullException.ThrowIfNull(refund);
        ArgumentNullException.ThrowIfNull(intent);
        var settled = refund with { Status = refund.SettlesAs ?? refund.Status, SettlesAs = null, SettlesAt = null };
        if (settled.Status != "failed" || intent.LatestCharge is not { } charge)
            return new(settled, intent);
        return new(
            settled with { FailureReason = "lost_or_stolen_card" },
            intent with { LatestCharge = charge with { AmountRefunded = charge.AmountRefunded - refund.Amount } });
    }
}
