using NexusCart.Platform.Actors;
using NexusCart.Promotions.Actors;
using NexusCart.Promotions.Domain;

namespace NexusCart.Promotions;

/// <summary>Puts promotions together.</summary>
internal static class PromotionsHosting
{
    private const int Shards = 4;

    public static WebApplicationBuilder AddPromotions(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddAggregateShards<PromotionShardActor, Definition, DefinitionCommand, DefinitionAnswer>(
            PromotionsJson.Default, new AggregateShardOptions { ShardCount = Shards });
        services.AddSingleton<DefinitionStore>();
        return builder;
    }
}
