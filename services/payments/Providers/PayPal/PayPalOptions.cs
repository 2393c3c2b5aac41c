namespace NexusCart.Payments.Providers.PayPal;

/// <summary>How PayPal is called. From configuration; client id and secret come from the secret store.</summary>
public sealed record PayPalOptions : ProviderOptions
{
    /// <summary>The secret that holds the client id of the REST app.</summary>
    public const string ClientIdSecret = "paypal-client-id";

    /// <summary>The secret that holds its client secret.</summary>
    public const string ClientSecretSecret = "paypal-client-secret";

    private const string SandboxWebhookId = "WH-DEVELOPMENT-ONLY";

    /// <summary>The ids of our webhooks there (<c>PAYPAL_WEBHOOK_ID</c>, comma separated): the newest and, during a change, the former.</summary>
    public IReadOnlyList<string> WebhookIds { get; init; } = [];

    /// <summary>Where a customer's browser goes when he gives up there (<c>PAYMENT_CANCEL_URL</c>).</summary>
    public required string CancelUrl { get; init; }

    /// <summary>Reads the options.</summary>
    /// <exception cref="InvalidOperationException">A value is malformed; the message names the variable.</exception>
    public static PayPalOptions From(IConfiguration configuration, IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var apiBase = configuration["PAYPAL_API_BASE"] ?? (environment.IsDevelopment() ? "http://127.0.0.1:7106" : "https://api-m.paypal.com");
        var options = new PayPalOptions
        {
            ApiBase = Address("PAYPAL_API_BASE", apiBase),
            ReturnUrl = Return(configuration),
            CancelUrl = configuration["PAYMENT_CANCEL_URL"] ?? Return(configuration),
            WebhookIds = Webhooks(configuration["PAYPAL_WEBHOOK_ID"] ?? (environment.IsDevelopment() ? SandboxWebhookId : "")),
        };
        return (PayPalOptions)options.Bounded(configuration, "PAYPAL_");
    }

    private static string[] Webhooks(string text)
    {
        var ids = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return ids.Length > 0 ? ids : throw new InvalidOperationException("PAYPAL_WEBHOOK_ID must name the webhook that PayPal signs for.");
    }
}
