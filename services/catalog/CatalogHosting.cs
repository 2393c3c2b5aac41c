using NexusCart.Catalog.Actors;
using NexusCart.Catalog.Api;
using NexusCart.Catalog.Domain;
using NexusCart.Catalog.ReadModel;
using NexusCart.Platform.Actors;

namespace NexusCart.Catalog;

/// <summary>Puts the catalogue together.</summary>
internal static class CatalogHosting
{
    public static void AddCatalog(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        var options = new AggregateShardOptions { ShardCount = 16 };
        var batching = new ActorBatcherOptions { MaxBatchSize = 128, MaxBatchWeight = 1 << 20 };
        services.AddAggregateShards<ProductShardActor, Product, ProductCommand, ProductAnswer>(
            ProductShardJson.Default, options, batching, command => command.Edit is null ? 1 : ProductWeight.Of(command.Edit.Draft));
        services.AddAggregateShards<EntryShardActor, CatalogEntry, EntryCommand, EntryAnswer>(ProductShardJson.Default, options, batching);

        services.AddSingleton<StructureIndex>();
        services.AddSingleton<ProductIndex>();
        services.AddSingleton<PriceTag>();
        services.AddSingleton<EntryDesk>();
        services.AddSingleton<ProductDesk>();
        services.AddSingleton<ProductIndexRefresh>();
        services.AddHostedService(provider => provider.GetRequiredService<ProductIndexRefresh>());
        services.AddHealthChecks().AddCheck<ProductIndexRefresh>("products");
    }
}
