using System.Net;
using Stripe;

namespace NexusCart.Payments.Providers.Stripe;

/// <summary>The pipeline of calls to Stripe. A definite refusal leaves it as Stripe's own exception.</summary>
public sealed class StripePipeline(StripeOptions options, PublishedLimits limits, TimeProvider time) : ProviderPipeline(options, limits, time)
{
    /// <summary>Stripe's published limits of a sandbox: 25 a second, over all and for each endpoint.</summary>
    public static readonly PublishedLimits TestLimits = new(25, 25);

    /// <summary>Stripe's published limits of a live account: 100 a second, and 25 for each endpoint.</summary>
    public static readonly PublishedLimits LiveLimits = new(100, 25);

    /// <inheritdoc/>
    protected override Exception? Translate(Exception failure) => failure is StripeException stripe ? Translate(stripe) : null;

    private static Exception? Translate(StripeException failure)
    {
        var status = (int)failure.HttpStatusCode;
        if (failure.StripeError?.Type == "idempotency_error" && failure.HttpStatusCode == HttpStatusCode.BadRequest)
            return new KeySpentException("The provider knows the key with other parameters.", failure);
        if (status >= 500 && IsReplay(failure))
            return new KeySpentException("The provider keeps a failure under the key.", failure);
        return status switch
        {
            // Ours to mend, and the next try may find it mended; nothing was done. The message is left out: it repeats part of the key.
            401 or 403 => new OutcomeUnknownException($"The payment provider refuses our key ({status}).") { Passing = false },
            409 or 429 => new OutcomeUnknownException($"The payment provider is busy ({status}).", failure) { BlamesProvider = false },
            424 or >= 500 => new OutcomeUnknownException($"The payment provider failed ({status}).", failure),
            >= 400 when failure.StripeError is not null => null,
            _ => new OutcomeUnknownException("The payment provider's answer cannot be read.", failure),
        };
    }

    private static bool IsReplay(StripeException failure) =>
        failure.StripeResponse?.Headers?.TryGetValues("Idempotent-Replayed", out var values) == true && values.Contains("true");
}
