using NexusCart.Payments.Actors;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Providers;

namespace NexusCart.Payments.Flows;

/// <summary>
/// What it takes to move money: record the intent (one turn), call the provider outside the turn, record what it said
/// (another turn). A crash in between leaves the intent; the same request again finds it and repeats the same call under the
/// same provider key. Nothing here runs by itself: callers are durable and repeat what they were not told the end of.
/// </summary>
public sealed class PaymentFlows(IPaymentBook book, PaymentProviders providers, TimeProvider time)
{
    // Each round is a change at the provider or a spent key; more than a few means that something else is wrong.
    private const int MostRounds = 5;

    /// <summary>Holds the money. A decline is an answer.</summary>
    /// <returns>The payment; Pending when the provider has not decided.</returns>
    /// <exception cref="OutcomeUnknownException">Repeat the same request.</exception>
    public async Task<PaymentAnswer> AuthorizeAsync(string paymentId, BeginAuthorize begin, CancellationToken cancellationToken)
    {
        var answer = await book.ExecuteAsync(paymentId, begin, cancellationToken);
        for (var round = 0; answer is { Refused: null, Next: NextStep.Authorize } && round < MostRounds; round++)
        {
            answer = await FinishedAsync(await ResolveAsync(answer.Payment!, cancellationToken), cancellationToken);
            if (answer.Payment!.Status == PaymentStatus.Pending && answer.Payment.ProviderReference is not null)
                break;
            if (answer.Payment.Status == PaymentStatus.Pending)
                answer = await book.ExecuteAsync(paymentId, begin, cancellationToken);
        }

        // A void that came meanwhile has the last word; whoever asked for it sees it through.
        return answer.Payment is { Voiding: true } or { Status: PaymentStatus.Voided } && answer.Refused is null
            ? await book.ExecuteAsync(paymentId, begin, cancellationToken)
            : answer;
    }

    /// <summary>Takes the held money.</summary>
    /// <exception cref="OutcomeUnknownException">Repeat the same request.</exception>
    public async Task<PaymentAnswer> CaptureAsync(string paymentId, BeginCapture begin, CancellationToken cancellationToken)
    {
        var answer = await book.ExecuteAsync(paymentId, begin, cancellationToken);
        for (var round = 0; answer is { Refused: null, Next: NextStep.Capture }; round++)
        {
            if (round == MostRounds)
                throw new OutcomeUnknownException($"The provider neither captures payment {paymentId} nor says why.");
            var payment = answer.Payment!;
            var call = new CaptureCall(
                paymentId, payment.ProviderReference!, payment.CaptureAmount ?? payment.Amount, payment.Currency, Key(payment, "capture"))
            {
                Hold = payment.HoldReference,
            };
            answer = await ActAsync(payment, token => providers.Of(payment).CaptureAsync(call, token), cancellationToken);
            if (answer.Payment?.Status != PaymentStatus.Captured)
                answer = await book.ExecuteAsync(paymentId, begin, cancellationToken);
        }

        return answer;
    }

    /// <summary>Gives the payment up, here and at the provider, whatever is under way.</summary>
    /// <exception cref="OutcomeUnknownException">Repeat the same request.</exception>
    public async Task<PaymentAnswer> VoidAsync(string paymentId, BeginVoid begin, CancellationToken cancellationToken)
    {
        var answer = await book.ExecuteAsync(paymentId, begin, cancellationToken);
        for (var round = 0; answer is { Refused: null, Next: NextStep.Cancel }; round++)
        {
            if (round == MostRounds)
                throw new OutcomeUnknownException($"The provider neither cancels payment {paymentId} nor says why.");
            var payment = answer.Payment!;
            // An authorisation that was begun and whose end is not known: asking for it again under its key tells, and also stops
            // the first request from having an effect later on.
            answer = payment.ProviderReference is not { } reference
                ? await ResolveAsync(payment, cancellationToken)
                : await ActAsync(payment, token => providers.Of(payment).CancelAsync(new(paymentId, reference, Key(payment, "cancel")), token), cancellationToken);
            if (answer.Payment?.Status != PaymentStatus.Voided)
                answer = await book.ExecuteAsync(paymentId, begin, cancellationToken);
        }

        return answer;
    }

    /// <summary>Gives taken money back.</summary>
    /// <exception cref="OutcomeUnknownException">Repeat the same request.</exception>
    public async Task<PaymentAnswer> RefundAsync(string paymentId, BeginRefund begin, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(begin);
        var answer = await book.ExecuteAsync(paymentId, begin, cancellationToken);
        for (var round = 0; answer is { Refused: null, Next: NextStep.Refund }; round++)
        {
            if (round == MostRounds)
                throw new OutcomeUnknownException($"The provider neither refunds payment {paymentId} nor says why.");
            answer = await RefundOnceAsync(answer.Payment!, begin, cancellationToken);
            if (answer.Payment?.Refunds.FirstOrDefault(refund => refund.Id == begin.RefundId)?.Status != RefundStatus.Accepted)
                answer = await book.ExecuteAsync(paymentId, begin, cancellationToken);
        }

        return answer;
    }

    /// <summary>The payment as recorded, or as the provider sees it now.</summary>
    /// <exception cref="OutcomeUnknownException">The provider could not be asked.</exception>
    public async Task<PaymentAnswer> GetAsync(string paymentId, bool refresh, CancellationToken cancellationToken)
    {
        var answer = await book.ExecuteAsync(paymentId, new Read(), cancellationToken);
        if (!refresh || answer.Payment?.ProviderReference is not { } reference)
            return answer;
        var seen = await providers.Of(answer.Payment).LookAsync(reference, cancellationToken);
        return await FinishedAsync(await RecordAsync(paymentId, seen), cancellationToken);
    }

    /// <summary>Asks for the hold that the customer agreed to, and records what came of it.</summary>
    /// <exception cref="OutcomeUnknownException">Repeat it.</exception>
    public async Task<PaymentAnswer> FinishAsync(string paymentId, CancellationToken cancellationToken)
    {
        var answer = await book.ExecuteAsync(paymentId, new Read(), cancellationToken);
        return answer.Payment is { Status: PaymentStatus.Pending or PaymentStatus.ActionRequired, Voiding: false, ProviderReference: not null }
            ? await FinishOnceAsync(answer.Payment, cancellationToken)
            : answer;
    }

    private Task<PaymentAnswer> FinishedAsync(PaymentAnswer answer, CancellationToken cancellationToken) =>
        answer is { Refused: null, Next: NextStep.Finish } ? FinishOnceAsync(answer.Payment!, cancellationToken) : Task.FromResult(answer);

    private Task<PaymentAnswer> FinishOnceAsync(Payment payment, CancellationToken cancellationToken)
    {
        var call = new FinishCall(payment.Id, payment.ProviderReference!, Key(payment, "finish"));
        return ActAsync(payment, token => providers.Of(payment).FinishAsync(call, token), cancellationToken);
    }

    /// <summary>Asks for the authorisation under its key and records what it is.</summary>
    private async Task<PaymentAnswer> ResolveAsync(Payment payment, CancellationToken cancellationToken)
    {
        var provider = providers.Of(payment);
        if (time.GetUtcNow() - payment.CreatedAt > provider.KeyTrust
            && await provider.FindAsync(payment.Id, payment.CreatedAt, cancellationToken) is { } earlier)
        {
            return await RecordAsync(payment.Id, earlier);
        }

        try
        {
            return await RecordAsync(payment.Id, await provider.AuthorizeAsync(new(payment, Key(payment, "authorize")), cancellationToken));
        }
        catch (KeySpentException)
        {
            if (await provider.FindAsync(payment.Id, payment.CreatedAt, cancellationToken) is { } found)
                return await RecordAsync(payment.Id, found);
            // There is nothing, and under this key there never will be.
            return payment.Voiding
                ? await RecordAsync(payment.Id, new Observation(ProviderStatus.Canceled, null))
                : await book.ExecuteAsync(payment.Id, new KeySpent(payment.Generation), CancellationToken.None);
        }
    }

    /// <summary>Acts on a payment whose reference is known and records what came of it.</summary>
    private async Task<PaymentAnswer> ActAsync(Payment payment, Func<CancellationToken, Task<Observation>> act, CancellationToken cancellationToken)
    {
        Observation seen;
        try
        {
            seen = await act(cancellationToken);
        }
        catch (KeySpentException)
        {
            seen = await providers.Of(payment).LookAsync(payment.ProviderReference!, cancellationToken);
            await book.ExecuteAsync(payment.Id, new KeySpent(payment.Generation), CancellationToken.None);
        }

        return await RecordAsync(payment.Id, seen);
    }

    private async Task<PaymentAnswer> RefundOnceAsync(Payment payment, BeginRefund begin, CancellationToken cancellationToken)
    {
        var refund = payment.Refunds.Single(known => known.Id == begin.RefundId);
        var key = $"{payment.Id}/refund/{refund.Id}/{refund.Generation}";
        var provider = providers.Of(payment);
        RefundObservation? seen;
        try
        {
            var call = new RefundCall(payment.Id, payment.ProviderReference!, refund.Id, refund.Amount, payment.Currency, key) { Capture = payment.CaptureReference };
            seen = await provider.RefundAsync(call, cancellationToken);
        }
        catch (KeySpentException)
        {
            seen = await provider.FindRefundAsync(payment.ProviderReference!, refund.Id, cancellationToken);
        }

        PaymentCommand told = seen is null ? new RefundKeySpent(refund.Id, refund.Generation) : new ObserveRefund(seen);
        return await book.ExecuteAsync(payment.Id, told, CancellationToken.None);
    }

    // What the provider said is recorded even when the caller has gone meanwhile.
    private async Task<PaymentAnswer> RecordAsync(string paymentId, Observation seen)
    {
        var answer = await book.ExecuteAsync(paymentId, new Observe(seen), CancellationToken.None);
        foreach (var refund in seen.Refunds)
        {
            var known = answer.Payment?.Refunds.FirstOrDefault(known => known.Id == refund.RefundId)?.Status;
            if (known != (refund.Accepted ? RefundStatus.Accepted : RefundStatus.Failed))
                answer = await book.ExecuteAsync(paymentId, new ObserveRefund(refund), CancellationToken.None) with { Next = answer.Next };
        }

        return answer;
    }

    private static string Key(Payment payment, string step) => $"{payment.Id}/{step}/{payment.Generation}";
}
