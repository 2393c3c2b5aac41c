namespace NexusCart.Payments.Providers.Stripe;

/// <summary>How Stripe is called. From configuration; the keys come from the secret store.</summary>
public sealed record StripeOptions : ProviderOptions
{
    /// <summary>The secret that holds the API key.</summary>
    public const string ApiKeySecret = "stripe-api-key";

    /// <summary>The secret that holds the webhook signing secrets, comma separated: the newest and, during a rotation, the former.</summary>
    public const string WebhookSecretsSecret = "stripe-webhook-secret";

    /// <summary>Reads the options.</summary>
    /// <exception cref="InvalidOperationException">A value is malformed; the message names the variable.</exception>
    public static StripeOptions From(IConfiguration configuration, IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var apiBase = configuration["STRIPE_API_BASE"] ?? (environment.IsDevelopment() ? "http://127.0.0.1:7106" : "https://api.stripe.com");
        var options = new StripeOptions { ApiBase = Address("STRIPE_API_BASE", apiBase), ReturnUrl = Return(configuration) };
        return (StripeOptions)options.Bounded(configuration, "STRIPE_");
    }
}
