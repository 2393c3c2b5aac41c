namespace NexusCart.Payments.Domain;

/// <summary>Disputes: seen in any order, closed once.</summary>
internal static class DisputeRules
{
    public static PaymentDecision Observed(Payment payment, DisputeObservation seen, DateTimeOffset now)
    {
        var known = payment.Disputes.FirstOrDefault(dispute => dispute.Reference == seen.Reference);
        // A late word of its opening does not open a closed one again.
        if (known is not null && (known.Status != DisputeStatus.Open || seen.Status == DisputeStatus.Open))
            return new(payment);
        if (payment.Status is not (PaymentStatus.Captured or PaymentStatus.Refunded))
            return new(payment) { Anomaly = $"Dispute {seen.Reference} is over {seen.Amount} of payment {payment.Id}, which is {payment.Status}." };
        var next = new PaymentDispute(seen.Reference, known?.Amount ?? seen.Amount, seen.Status, seen.Reason);
        var changed = PaymentMachine.Changed(payment, now) with
        {
            Disputes = [.. payment.Disputes.Where(dispute => dispute.Reference != seen.Reference), next],
        };
        return new(changed) { Dispute = next };
    }
}
