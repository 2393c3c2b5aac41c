using NexusCart.Payments.Domain;
using NexusCart.Payments.Providers.PayPal;
using NexusCart.Payments.Providers.Stripe;
using NexusCart.Payments.Webhooks;

namespace NexusCart.Payments.Providers;

/// <summary>Registers the providers that <c>PAYMENT_PROVIDERS</c> names, the preferred one first; all of them by default.</summary>
public static class ProviderServices
{
    /// <summary>Adds the providers.</summary>
    /// <exception cref="InvalidOperationException">A name is unknown, or there is none.</exception>
    public static WebApplicationBuilder AddPaymentProviders(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        foreach (var name in Names(builder.Configuration))
        {
            _ = name switch
            {
                ProviderNames.Stripe => builder.AddStripe(),
                ProviderNames.PayPal => builder.AddPayPal(),
                _ => throw new InvalidOperationException($"PAYMENT_PROVIDERS names '{name}'; known are {ProviderNames.Stripe} and {ProviderNames.PayPal}."),
            };
        }

        builder.Services.AddSingleton<PaymentProviders>();
        return builder;
    }

    /// <summary>Adds the webhook routes of the providers that are registered.</summary>
    public static void MapPaymentWebhooks(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var names = Names(app.Configuration);
        if (names.Contains(ProviderNames.Stripe))
            app.MapStripeWebhooks();
        if (names.Contains(ProviderNames.PayPal))
            app.MapPayPalWebhooks();
    }

    private static string[] Names(IConfiguration configuration)
    {
        var names = (configuration["PAYMENT_PROVIDERS"] ?? $"{ProviderNames.Stripe},{ProviderNames.PayPal}")
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct().ToArray();
        return names.Length > 0 ? names : throw new InvalidOperationException("PAYMENT_PROVIDERS names no provider.");
    }
}
