namespace NexusCart.Payments.Providers.PayPal;

/// <summary>The pipeline of calls to PayPal. A definite refusal leaves it as <see cref="PayPalException"/>.</summary>
public sealed class PayPalPipeline(PayPalOptions options, TimeProvider time) : ProviderPipeline(options, Limits, time)
{
    /// <summary>PayPal publishes no figures, only that it limits; so ours are as careful as Stripe's default.</summary>
    public static readonly PublishedLimits Limits = new(25, 25);

    /// <inheritdoc/>
    protected override Exception? Translate(Exception failure) => failure is PayPalException refusal ? Translate(refusal) : null;

    private static Exception? Translate(PayPalException refusal) => (int)refusal.Status switch
    {
        // The token may have been revoked; the next attempt brings a new one, or the client's secret is wrong.
        401 => new OutcomeUnknownException("The payment provider refuses our token.") { Passing = refusal.Fault?.Name != "TOKEN_REFUSED", BlamesProvider = false },
        403 => new OutcomeUnknownException("The payment provider does not let us do this.") { Passing = false, BlamesProvider = false },
        409 or 429 => new OutcomeUnknownException($"The payment provider is busy ({refusal.Issue}).", refusal) { BlamesProvider = false },
        >= 500 => new OutcomeUnknownException($"The payment provider failed ({(int)refusal.Status}).", refusal),
        422 when refusal.Issue == "DUPLICATE_REQUEST_ID" => new KeySpentException("The provider knows the key with other parameters.", refusal),
        >= 400 when refusal.Fault is not null => null,
        _ => new OutcomeUnknownException("The payment provider's answer cannot be read.", refusal),
    };
}
