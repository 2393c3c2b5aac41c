using NexusCart.Payments.Actors;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Flows;
using NexusCart.Payments.Providers;

namespace NexusCart.Payments.Reconciliation;

/// <summary>Compares one payment with its provider and repairs it.</summary>
public sealed class PaymentCheck(
    IPaymentBook book, PaymentFlows flows, PaymentProviders providers, IPaymentDesk desk, ReconcilerOptions options, TimeProvider time)
{
    /// <summary>What differed; null when nothing did.</summary>
    /// <exception cref="OutcomeUnknownException">The provider could not be asked.</exception>
    public async Task<Finding?> RunAsync(Payment payment, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(payment);
        var provider = providers.Of(payment);
        if (payment.Voiding)
            return await FinishVoidAsync(payment, cancellationToken);
        if (payment.ProviderReference is not { } reference)
            return payment.Status == PaymentStatus.Pending ? await ResolveAsync(payment, provider, cancellationToken) : null;

        var finding = await CompareAsync(payment, await provider.LookAsync(reference, cancellationToken), cancellationToken);
        var now = (await book.ExecuteAsync(payment.Id, new Read(), cancellationToken)).Payment ?? payment;
        return await RefundsAsync(now, provider, cancellationToken)
            ?? await UncapturedAsync(now, provider, cancellationToken)
            ?? finding;
    }

    /// <summary>Judges a payment that a provider has under one of our ids; null when the books have it as well.</summary>
    public async Task<Finding?> StrayAsync(string provider, string paymentId, Observation seen, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(seen);
        var known = (await book.ExecuteAsync(paymentId, new Read(), cancellationToken)).Payment;
        if (known?.ProviderReference == seen.Reference || seen.Status is not (ProviderStatus.Authorized or ProviderStatus.Captured))
            return null;
        if (known is null)
        {
            var detail = $"{provider} has {seen.Reference} ({seen.Status}, {seen.Amount} {seen.Currency}) for '{paymentId}', which the books do not know.";
            var unknown = new Payment { Id = paymentId, Status = PaymentStatus.Pending, CreatedAt = time.GetUtcNow(), UpdatedAt = time.GetUtcNow(), Version = 0 };
            await desk.OpenAsync(PaymentTask.Of(unknown, PaymentTaskKinds.Anomaly, seen.Reference!, seen.Amount ?? 0, detail), cancellationToken);
            return new(paymentId, provider, FindingKinds.Stray, detail, Repaired: false);
        }

        // The rules know what to do with a second one: let it go, or call for people when it took money.
        await book.ExecuteAsync(paymentId, new Observe(seen), CancellationToken.None);
        return new(paymentId, provider, FindingKinds.Stray, $"{provider} has {seen.Reference} ({seen.Status}) besides {known.ProviderReference}.",
            Repaired: seen.Status == ProviderStatus.Authorized);
    }

    private async Task<Finding?> CompareAsync(Payment payment, Observation seen, CancellationToken cancellationToken)
    {
        if (ReconciliationRules.Compare(payment, seen) is not var (kind, detail))
            return null;
        // A look is recorded as any other, with whatever has to follow at the provider.
        await flows.GetAsync(payment.Id, refresh: true, cancellationToken);
        var after = (await book.ExecuteAsync(payment.Id, new Read(), cancellationToken)).Payment!;
        var repaired = !ReferenceEquals(after, payment) && after.Version != payment.Version
            || (kind == FindingKinds.MissedWebhook && after.Status is PaymentStatus.Voided or PaymentStatus.Declined && seen.Status == ProviderStatus.Authorized);
        if (!repaired)
            await desk.OpenAsync(PaymentTask.Of(after, PaymentTaskKinds.Anomaly, kind, 0, detail), cancellationToken);
        return new(payment.Id, payment.Provider, kind, detail, repaired);
    }

    /// <summary>An authorisation whose answer was never recorded.</summary>
    private async Task<Finding?> ResolveAsync(Payment payment, IPaymentProvider provider, CancellationToken cancellationToken)
    {
        if (await provider.FindAsync(payment.Id, payment.CreatedAt, cancellationToken) is { } found)
        {
            await book.ExecuteAsync(payment.Id, new Observe(found), CancellationToken.None);
            return new(payment.Id, payment.Provider, FindingKinds.UnknownOutcome, $"Found as {found.Reference}: {found.Status}.", Repaired: true);
        }

        // Whoever asked for it may still ask again; after that nobody will, and what may come of the first call is given up.
        if (time.GetUtcNow() - payment.CreatedAt < options.GiveUpAfter)
            return new(payment.Id, payment.Provider, FindingKinds.UnknownOutcome, "The provider has no such payment yet.", Repaired: false);
        await flows.VoidAsync(payment.Id, new BeginVoid("its outcome stayed unknown"), cancellationToken);
        return new(payment.Id, payment.Provider, FindingKinds.UnknownOutcome, "Given up: nobody asked for it any more.", Repaired: true);
    }

    private async Task<Finding?> FinishVoidAsync(Payment payment, CancellationToken cancellationToken)
    {
        var ended = await flows.VoidAsync(payment.Id, new BeginVoid(payment.VoidReason ?? "reconciliation"), cancellationToken);
        return new(payment.Id, payment.Provider, FindingKinds.UnknownOutcome, $"A void was under way; now the payment is {ended.Payment?.Status}.", Repaired: true);
    }

    /// <summary>Refunds that were asked for and whose answer was never recorded, and those that staff made at the provider.</summary>
    private async Task<Finding?> RefundsAsync(Payment payment, IPaymentProvider provider, CancellationToken cancellationToken)
    {
        if (payment.Status is not (PaymentStatus.Captured or PaymentStatus.Refunded))
            return null;
        Finding? finding = null;
        foreach (var seen in await provider.RefundsAsync(payment.ProviderReference!, cancellationToken))
        {
            var known = payment.Refunds.FirstOrDefault(refund => refund.Id == seen.RefundId);
            if (known?.Status == (seen.Accepted ? RefundStatus.Accepted : RefundStatus.Failed) || (known is null && !seen.Accepted))
                continue;
            await book.ExecuteAsync(payment.Id, new ObserveRefund(seen), CancellationToken.None);
            finding = new(payment.Id, payment.Provider, known is { Status: RefundStatus.Requested } ? FindingKinds.UnknownOutcome : FindingKinds.MissedWebhook,
                $"Refund {seen.Reference} is {(seen.Accepted ? "given" : "failed")} at the provider.", Repaired: true);
        }

        var open = (await book.ExecuteAsync(payment.Id, new Read(), cancellationToken)).Payment!.Refunds.Where(refund => refund.Status == RefundStatus.Requested);
        foreach (var refund in open)
        {
            await flows.RefundAsync(payment.Id, new BeginRefund(refund.Id, refund.Amount, payment.Currency, refund.Reason), cancellationToken);
            finding = new(payment.Id, payment.Provider, FindingKinds.UnknownOutcome, $"Refund {refund.Id} was asked for again under its key.", Repaired: true);
        }

        return finding;
    }

    /// <summary>Holds that nobody takes: people hear of them before they end, and what outlived its time is let go.</summary>
    private async Task<Finding?> UncapturedAsync(Payment payment, IPaymentProvider provider, CancellationToken cancellationToken)
    {
        if (payment.Status != PaymentStatus.Authorized)
            return null;
        var ends = ReconciliationRules.HoldEnds(payment, provider.HoldWindow);
        var now = time.GetUtcNow();
        if (now < ends - options.HoldWarning)
            return null;
        if (now >= ends)
        {
            await flows.VoidAsync(payment.Id, new BeginVoid("its hold ran out before anybody took the money"), cancellationToken);
            return new(payment.Id, payment.Provider, FindingKinds.Uncaptured, $"Held until {ends:u} and never taken: let go.", Repaired: true);
        }

        var detail = $"Held until {ends:u} and not taken yet.";
        await desk.OpenAsync(PaymentTask.Of(payment, PaymentTaskKinds.Uncaptured, "hold", payment.Amount, detail), cancellationToken);
        return new(payment.Id, payment.Provider, FindingKinds.Uncaptured, detail, Repaired: false);
    }
}
