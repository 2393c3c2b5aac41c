namespace NexusCart.Payments.Domain;

/// <summary>Giving money back: never more than was taken, also when several refunds run at once.</summary>
internal static class RefundRules
{
    public static PaymentDecision Begin(Payment payment, BeginRefund begin, DateTimeOffset now)
    {
        if (payment.Refunds.FirstOrDefault(refund => refund.Id == begin.RefundId) is { } known)
        {
            if ((known.Amount, payment.Currency) != (begin.Amount, begin.Currency))
                return PaymentDecision.Refuse(payment, RefusalKind.AlreadyExists, "refund_id_reused", $"Refund '{begin.RefundId}' was begun with another amount.");
            return known.Status switch
            {
                RefundStatus.Requested => new(payment, NextStep.Refund),
                RefundStatus.Failed => PaymentDecision.Refuse(payment, RefusalKind.Precondition, "refund_failed", known.Failure ?? "The refund failed."),
                _ => new(payment),
            };
        }

        if (payment.Status is not (PaymentStatus.Captured or PaymentStatus.Refunded))
            return PaymentDecision.Refuse(payment, RefusalKind.Precondition, "payment_not_captured", $"The payment is {payment.Status}; only taken money can be given back.");
        if (begin.Currency != payment.Currency || begin.Amount > payment.Refundable)
        {
            return PaymentDecision.Refuse(payment, RefusalKind.Precondition, "refund_exceeds_captured",
                $"{begin.Amount} {begin.Currency} is more than is left to refund ({payment.Refundable} {payment.Currency}).");
        }

        // Its amount is spoken for from here on.
        var asked = PaymentMachine.Changed(payment, now) with
        {
            Refunds = [.. payment.Refunds, new PaymentRefund(begin.RefundId, begin.Amount, begin.Reason, RefundStatus.Requested)],
        };
        return new(asked, NextStep.Refund);
    }

    public static PaymentDecision Observed(Payment payment, RefundObservation seen, DateTimeOffset now, string? eventId = null)
    {
        if (payment.Refunds.FirstOrDefault(refund => refund.Id == seen.RefundId) is not { } known)
            return Adopt(payment, seen, now, eventId);
        // A failure is the last word: a provider's refund may fail after it succeeded, and never the other way round.
        if (known.Status == RefundStatus.Failed || (known.Status == RefundStatus.Accepted && seen.Accepted))
            return new(payment);
        var next = known with
        {
            Status = seen.Accepted ? RefundStatus.Accepted : RefundStatus.Failed,
            ProviderReference = seen.Reference ?? known.ProviderReference,
            Failure = seen.Failure,
        };
        var changed = PaymentMachine.Changed(payment, now) with
        {
            Refunds = [.. payment.Refunds.Select(refund => refund.Id == next.Id ? next : refund)],
        };
        changed = changed with { Status = changed.Refunded > 0 ? PaymentStatus.Refunded : PaymentStatus.Captured };
        // A refund refused at once changed nothing that anybody was told of.
        var wasTold = known.Status == RefundStatus.Accepted;
        return new(changed)
        {
            News = seen.Accepted || wasTold ? PaymentNews.Refunded : null,
            FailedRefund = wasTold && !seen.Accepted ? next : null,
        };
    }

    /// <summary>Staff gave money back at the provider: the books follow.</summary>
    private static PaymentDecision Adopt(Payment payment, RefundObservation seen, DateTimeOffset now, string? eventId)
    {
        // A failure that is told of before its refund is remembered: the refund, told of later, would count.
        if (!seen.Accepted)
            return seen.Amount is { } none ? new(Noted(payment, seen, none, RefundStatus.Failed, now)) : new(payment);
        // Only taken money is given back, so the news of its capture is still on the way here: the provider is asked first.
        if (eventId is not null && payment.Status is PaymentStatus.Pending or PaymentStatus.ActionRequired or PaymentStatus.Authorized)
            return new(payment) { Inbox = new InboxItem(eventId, payment.Provider, "refund", payment.Id, payment.ProviderReference) { Refund = seen } };
        if (seen.Amount is not { } amount || payment.Status is not (PaymentStatus.Captured or PaymentStatus.Refunded) || amount > payment.Refundable)
            return new(payment) { Anomaly = $"The provider gave back {seen.Reference} of payment {payment.Id}, which nobody asked for here." };
        return new(Noted(payment, seen, amount, RefundStatus.Accepted, now) with { Status = PaymentStatus.Refunded }) { News = PaymentNews.Refunded };
    }

    private static Payment Noted(Payment payment, RefundObservation seen, long amount, RefundStatus status, DateTimeOffset now)
    {
        var noted = new PaymentRefund(seen.RefundId, amount, "made at the provider", status) { ProviderReference = seen.Reference, Failure = seen.Failure };
        return PaymentMachine.Changed(payment, now) with { Refunds = [.. payment.Refunds, noted] };
    }

    public static PaymentDecision NewKey(Payment payment, RefundKeySpent spent, DateTimeOffset now)
    {
        if (payment.Refunds.FirstOrDefault(refund => refund.Id == spent.RefundId) is not { } known || known.Generation != spent.Generation)
            return new(payment);
        return new(PaymentMachine.Changed(payment, now) with
        {
            Refunds = [.. payment.Refunds.Select(refund => refund.Id == known.Id ? known with { Generation = spent.Generation + 1 } : refund)],
        });
    }
}
