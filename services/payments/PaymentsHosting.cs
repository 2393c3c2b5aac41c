using NexusCart.Payments.Actors;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Flows;
using NexusCart.Payments.Webhooks;
using NexusCart.Platform.Actors;

namespace NexusCart.Payments;

/// <summary>Puts the payments together.</summary>
internal static class PaymentsHosting
{
    public static WebApplicationBuilder AddPayments(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddAggregateShards<PaymentShardActor, Payment, PaymentCommand, PaymentAnswer>(
            PaymentShardJson.Default,
            new AggregateShardOptions { ShardCount = builder.Configuration.GetValue("PAYMENT_SHARDS", 8) });
        services.AddActor<PaymentDeskActor>();
        services.AddActor<WalletActor>();
        services.AddSingleton<PaymentActors>();
        services.AddSingleton<IPaymentDesk>(provider => provider.GetRequiredService<PaymentActors>());
        services.AddSingleton<IWallets>(provider => provider.GetRequiredService<PaymentActors>());
        services.AddSingleton<IPaymentBook, ShardPaymentBook>();
        services.AddSingleton<PaymentFlows>();
        services.AddSingleton<PaymentEffects>();
        services.AddSingleton<WalletFlows>();
        services.AddSingleton<WebhookIntake>();
        return builder;
    }
}
