using NexusCart.Payments.Webhooks;
using NexusCart.Platform.Security;

namespace NexusCart.Payments.Providers.PayPal;

/// <summary>Registers PayPal as a payment provider.</summary>
public static class PayPalServices
{
    /// <summary>Adds the provider, its client and its webhook signature check; client id and secret come from the secret store.</summary>
    public static WebApplicationBuilder AddPayPal(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.RequireSecrets(PayPalOptions.ClientIdSecret, PayPalOptions.ClientSecretSecret);
        builder.Services.AddSingleton(PayPalOptions.From(builder.Configuration, builder.Environment));
        builder.Services.AddSingleton(provider => Client(
            provider.GetRequiredService<PayPalOptions>(),
            provider.GetRequiredService<ISecrets>()[PayPalOptions.ClientIdSecret],
            provider.GetRequiredService<ISecrets>()[PayPalOptions.ClientSecretSecret],
            provider.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton(provider => new PayPalSignature(
            new HttpClient { Timeout = TimeSpan.FromSeconds(5) },
            provider.GetRequiredService<PayPalOptions>().ApiBase,
            provider.GetRequiredService<PayPalOptions>().WebhookIds));
        builder.Services.AddSingleton<PayPalPipeline>();
        builder.Services.AddSingleton<IPaymentProvider, PayPalProvider>();
        return builder;
    }

    /// <summary>A client that repeats nothing by itself: the pipeline does, under our keys.</summary>
    /// <exception cref="InvalidOperationException">The client's secret would leave this machine in clear text.</exception>
    public static PayPalClient Client(PayPalOptions options, string clientId, string clientSecret, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.ApiBase.Scheme != Uri.UriSchemeHttps && !options.ApiBase.IsLoopback)
            throw new InvalidOperationException($"PayPal's client secret is not sent to {options.ApiBase}: it is not encrypted.");
        var handler = new SocketsHttpHandler
        {
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxConnectionsPerServer = options.MaxConcurrent,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            AllowAutoRedirect = false,
        };
        return new PayPalClient(new HttpClient(handler) { BaseAddress = options.ApiBase, Timeout = Timeout.InfiniteTimeSpan }, clientId, clientSecret, time);
    }
}
