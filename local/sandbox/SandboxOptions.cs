using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace NexusCart.Sandbox;

/// <summary>How one sandbox process is set up. Everything comes from environment variables (or the same keys as command line arguments).</summary>
public sealed record SandboxOptions
{
    /// <summary>The development-only API key; equal to the one in the embedded profile's secret store.</summary>
    public const string DevelopmentApiKey = "sk_test_development-only";

    /// <summary>The development-only webhook signing secret; equal to the one in the embedded profile's secret store.</summary>
    public const string DevelopmentWebhookSecret = "whsec_development-only";

    /// <summary>The development-only PayPal client id; equal to the one in the embedded profile's secret store.</summary>
    public const string DevelopmentPayPalClientId = "paypal-client_development-only";

    /// <summary>The development-only PayPal client secret; equal to the one in the embedded profile's secret store.</summary>
    public const string DevelopmentPayPalSecret = "paypal-secret_development-only";

    /// <summary>The id of the webhook subscription that PayPal's signatures cover.</summary>
    public const string DevelopmentPayPalWebhookId = "WH-DEVELOPMENT-ONLY";

    /// <summary>The API version that objects and events are rendered in: the one Stripe.net 53.1 pins.</summary>
    public const string ApiVersion = "2026-10-28.endive";

    /// <summary>Loopback port (<c>APP_PORT</c>, default 7106; 0 lets the system choose).</summary>
    public int Port { get; init; } = 7106;

    /// <summary>Optional second loopback port that serves the same health endpoints (<c>MANAGEMENT_PORT</c>).</summary>
    public int? ManagementPort { get; init; }

    /// <summary>Folder of the journal (<c>SANDBOX_DATA</c>, default <c>.nexuscart/sandbox</c> under the repository root).</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The secret API key a caller must present (<c>SANDBOX_API_KEY</c>).</summary>
    public string ApiKey { get; init; } = DevelopmentApiKey;

    /// <summary>Signing secrets (<c>SANDBOX_WEBHOOK_SECRET</c>, comma separated: during a rotation each gives one <c>v1</c> signature).</summary>
    public IReadOnlyList<string> WebhookSecrets { get; init; } = [DevelopmentWebhookSecret];

    /// <summary>Where events are posted (<c>SANDBOX_WEBHOOK_URL</c>, comma separated; the word <c>none</c> turns delivery off).</summary>
    public IReadOnlyList<Uri> WebhookUrls { get; init; } = [];

    /// <summary>The PayPal client id a caller must present (<c>SANDBOX_PAYPAL_CLIENT_ID</c>).</summary>
    public string PayPalClientId { get; init; } = DevelopmentPayPalClientId;

    /// <summary>That client's secret (<c>SANDBOX_PAYPAL_SECRET</c>).</summary>
    public string PayPalSecret { get; init; } = DevelopmentPayPalSecret;

    /// <summary>The id of the webhook subscription (<c>SANDBOX_PAYPAL_WEBHOOK_ID</c>).</summary>
    public string PayPalWebhookId { get; init; } = DevelopmentPayPalWebhookId;

    /// <summary>Where PayPal's events are posted (<c>SANDBOX_PAYPAL_WEBHOOK_URL</c>, comma separated; the word <c>none</c> turns delivery off).</summary>
    public IReadOnlyList<Uri> PayPalWebhookUrls { get; init; } = [];

    /// <summary>Stripe requests a second before a 429 (<c>SANDBOX_STRIPE_REQUESTS_PER_SECOND</c>); 0, the default, for no limit.</summary>
    public int StripeRequestsPerSecond { get; init; }

    /// <summary>PayPal requests a second before a 429 (<c>SANDBOX_PAYPAL_REQUESTS_PER_SECOND</c>); 0, the default, for no limit.</summary>
    public int PayPalRequestsPerSecond { get; init; }

    /// <summary>The address browsers reach the 3-D Secure and approval pages under (<c>SANDBOX_PUBLIC_URL</c>); by default the one the server listens on.</summary>
    public string? PublicUrl { get; init; }

    /// <summary>How long a pending refund takes to settle (<c>SANDBOX_REFUND_SETTLES_AFTER_MS</c>, default 2,000 ms).</summary>
    public TimeSpan RefundSettlesAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Reads the options.</summary>
    /// <exception cref="InvalidOperationException">A value is malformed; the message names the variable.</exception>
    public static SandboxOptions From(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return new SandboxOptions
        {
            Port = Number(configuration, "APP_PORT", 7106),
            ManagementPort = configuration["MANAGEMENT_PORT"] is null ? null : Number(configuration, "MANAGEMENT_PORT", 0),
            DataDirectory = Path.GetFullPath(configuration["SANDBOX_DATA"] ?? DefaultDataDirectory()),
            ApiKey = configuration["SANDBOX_API_KEY"] ?? DevelopmentApiKey,
            WebhookSecrets = List(configuration["SANDBOX_WEBHOOK_SECRET"] ?? DevelopmentWebhookSecret),
            WebhookUrls = Urls(configuration, "SANDBOX_WEBHOOK_URL", "http://127.0.0.1:8080/webhooks/stripe"),
            PayPalClientId = configuration["SANDBOX_PAYPAL_CLIENT_ID"] ?? DevelopmentPayPalClientId,
            PayPalSecret = configuration["SANDBOX_PAYPAL_SECRET"] ?? DevelopmentPayPalSecret,
            PayPalWebhookId = configuration["SANDBOX_PAYPAL_WEBHOOK_ID"] ?? DevelopmentPayPalWebhookId,
            PayPalWebhookUrls = Urls(configuration, "SANDBOX_PAYPAL_WEBHOOK_URL", "http://127.0.0.1:8080/webhooks/paypal"),
            StripeRequestsPerSecond = Number(configuration, "SANDBOX_STRIPE_REQUESTS_PER_SECOND", 0),
            PayPalRequestsPerSecond = Number(configuration, "SANDBOX_PAYPAL_REQUESTS_PER_SECOND", 0),
            PublicUrl = configuration["SANDBOX_PUBLIC_URL"]?.TrimEnd('/'),
            RefundSettlesAfter = TimeSpan.FromMilliseconds(Number(configuration, "SANDBOX_REFUND_SETTLES_AFTER_MS", 2_000)),
        };
    }

    private static int Number(IConfiguration configuration, string name, int fallback)
    {
        var text = configuration[name];
        if (string.IsNullOrWhiteSpace(text))
            return fallback;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InvalidOperationException($"{name} must be a whole number, not '{text}'.");
    }

    private static string[] List(string text) =>
        text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static Uri[] Urls(IConfiguration configuration, string name, string fallback)
    {
        var text = configuration[name] ?? fallback;
        return text.Trim() == "none" ? [] : [.. List(text).Select(each => Url(name, each))];
    }

    private static Uri Url(string name, string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
            : throw new InvalidOperationException($"{name} must hold absolute http or https addresses, not '{text}'.");

    private static string DefaultDataDirectory()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "NexusCart.sln")))
                return Path.Combine(folder.FullName, ".nexuscart", "sandbox");
        }

        return Path.Combine(".nexuscart", "sandbox");
    }
}
