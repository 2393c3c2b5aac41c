using System.Globalization;

namespace NexusCart.Payments.Providers.Stripe;

/// <summary>How Stripe is called. From configuration; the keys come from the secret store.</summary>
public sealed record StripeOptions
{
    /// <summary>The secret that holds the API key.</summary>
    public const string ApiKeySecret = "stripe-api-key";

    /// <summary>The secret that holds the webhook signing secrets, comma separated: the newest and, during a rotation, the former.</summary>
    public const string WebhookSecretsSecret = "stripe-webhook-secret";

    /// <summary>Where the API is (<c>STRIPE_API_BASE</c>); in development the sandbox, else Stripe itself.</summary>
    public required Uri ApiBase { get; init; }

    /// <summary>Where a customer's browser goes after 3-D Secure (<c>PAYMENT_RETURN_URL</c>).</summary>
    public required string ReturnUrl { get; init; }

    /// <summary>Requests a second this process sends at most (<c>STRIPE_REQUESTS_PER_SECOND</c>). Stripe allows 25 in a sandbox
    /// and 100 live, over all processes; ours is not limited so.</summary>
    public int RequestsPerSecond { get; init; } = 10_000;

    /// <summary>Requests under way at once at most (<c>STRIPE_MAX_CONCURRENT</c>).</summary>
    public int MaxConcurrent { get; init; } = 256;

    /// <summary>How long one attempt may take (<c>STRIPE_ATTEMPT_TIMEOUT_MS</c>).</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long a call with its repetitions may take (<c>STRIPE_TOTAL_TIMEOUT_MS</c>): less than the callers' deadline of 20 s.</summary>
    public TimeSpan TotalTimeout { get; init; } = TimeSpan.FromSeconds(16);

    /// <summary>Pause before the first repetition; it doubles, with jitter, up to two seconds.</summary>
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Reads the options.</summary>
    /// <exception cref="InvalidOperationException">A value is malformed; the message names the variable.</exception>
    public static StripeOptions From(IConfiguration configuration, IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var apiBase = configuration["STRIPE_API_BASE"] ?? (environment.IsDevelopment() ? "http://127.0.0.1:7106" : "https://api.stripe.com");
        return new StripeOptions
        {
            ApiBase = Uri.TryCreate(apiBase, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                ? uri
                : throw new InvalidOperationException($"STRIPE_API_BASE must be an absolute http or https address, not '{apiBase}'."),
            ReturnUrl = configuration["PAYMENT_RETURN_URL"] ?? "http://127.0.0.1:8080/checkout/return",
            RequestsPerSecond = Number(configuration, "STRIPE_REQUESTS_PER_SECOND", 10_000),
            MaxConcurrent = Number(configuration, "STRIPE_MAX_CONCURRENT", 256),
            AttemptTimeout = TimeSpan.FromMilliseconds(Number(configuration, "STRIPE_ATTEMPT_TIMEOUT_MS", 8_000)),
            TotalTimeout = TimeSpan.FromMilliseconds(Number(configuration, "STRIPE_TOTAL_TIMEOUT_MS", 16_000)),
        };
    }

    private static int Number(IConfiguration configuration, string name, int fallback)
    {
        var text = configuration[name];
        if (string.IsNullOrWhiteSpace(text))
            return fallback;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new InvalidOperationException($"{name} must be a whole number from 1, not '{text}'.");
    }
}
