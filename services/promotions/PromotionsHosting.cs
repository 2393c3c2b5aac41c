using System.Text;
using Dapr.Actors.Client;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Security;
using NexusCart.Promotions.Actors;
using NexusCart.Promotions.Api;
using NexusCart.Promotions.Domain;
using NexusCart.Promotions.ReadModel;

namespace NexusCart.Promotions;

/// <summary>Puts promotions together.</summary>
internal static class PromotionsHosting
{
    private const int Shards = 4;

    /// <summary>The secret that generated codes are made with; with another one those given out so far are unknown.</summary>
    private const string CodesSecret = "coupon-code-key";

    public static WebApplicationBuilder AddPromotions(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddAggregateShards<PromotionShardActor, Definition, DefinitionCommand, DefinitionAnswer>(
            PromotionsJson.Default, new AggregateShardOptions { ShardCount = Shards });
        services.AddSingleton<DefinitionStore>();
        services.AddActor<RedemptionLedgerActor>();
        services.AddSingleton(provider => RedemptionLedgers.OverDapr(
            provider.GetRequiredService<IActorProxyFactory>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<RedemptionLedgers>>()));

        services.RequireSecrets(CodesSecret);
        // Secrets are there once the service has started, and what refreshes the book is made before.
        services.AddSingleton(provider => new CouponCodes(() => Encoding.UTF8.GetBytes(provider.GetRequiredService<ISecrets>()[CodesSecret])));
        services.AddSingleton<PromotionBook>();
        services.AddSingleton<PromotionBookRefresh>();
        services.AddHostedService(provider => provider.GetRequiredService<PromotionBookRefresh>());
        services.AddHealthChecks().AddCheck<PromotionBookRefresh>("promotions");
        services.AddSingleton<RedemptionDesk>();
        services.AddSingleton<EvaluationDesk>();
        return builder;
    }
}
