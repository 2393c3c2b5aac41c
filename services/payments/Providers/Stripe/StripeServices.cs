using NexusCart.Payments.Webhooks;
using NexusCart.Platform.Security;
using Stripe;

namespace NexusCart.Payments.Providers.Stripe;

/// <summary>Registers Stripe as the payment provider.</summary>
public static class StripeServices
{
    /// <summary>Adds the provider, its client and its webhook signature check; the keys come from the secret store.</summary>
    public static WebApplicationBuilder AddStripe(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.RequireSecrets(StripeOptions.ApiKeySecret, StripeOptions.WebhookSecretsSecret);
        builder.Services.AddSingleton(StripeOptions.From(builder.Configuration, builder.Environment));
        builder.Services.AddSingleton<IStripeClient>(provider => Client(
            provider.GetRequiredService<StripeOptions>(), provider.GetRequiredService<ISecrets>()[StripeOptions.ApiKeySecret]));
        builder.Services.AddSingleton(provider => new StripeSignature(
            provider.GetRequiredService<ISecrets>()[StripeOptions.WebhookSecretsSecret]
                .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
        builder.Services.AddSingleton(provider => new StripePipeline(
            provider.GetRequiredService<StripeOptions>(),
            provider.GetRequiredService<ISecrets>()[StripeOptions.ApiKeySecret].Contains("_live_", StringComparison.Ordinal)
                ? StripePipeline.LiveLimits
                : StripePipeline.TestLimits,
            provider.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<IPaymentProvider, StripeProvider>();
        builder.Services.AddSingleton<IPaymentWallet, StripeWallet>();
        return builder;
    }

    /// <summary>A client that never repeats by itself: the pipeline does, under our keys.</summary>
    /// <exception cref="InvalidOperationException">A live key would be sent in clear text.</exception>
    public static StripeClient Client(StripeOptions options, string apiKey)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(apiKey);
        if (options.ApiBase.Scheme != Uri.UriSchemeHttps && apiKey.Contains("_live_", StringComparison.Ordinal))
            throw new InvalidOperationException($"A live key is not sent to {options.ApiBase}: it is not encrypted.");
        var handler = new SocketsHttpHandler
        {
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxConnectionsPerServer = options.MaxConcurrent,
            ConnectTimeout = TimeSpan.FromSeconds(5),
        };
        return new StripeClient(new StripeClientOptions
        {
            ApiKey = apiKey,
            ApiBase = options.ApiBase.GetLeftPart(UriPartial.Authority),
            HttpClient = new SystemNetHttpClient(
                new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan },
                maxNetworkRetries: 0,
                new AppInfo { Name = "NexusCart" },
                enableTelemetry: false),
        });
    }
}
