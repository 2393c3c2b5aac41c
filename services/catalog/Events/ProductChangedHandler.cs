using NexusCart.Catalog.Actors;
using NexusCart.Catalog.Domain;
using NexusCart.Catalog.ReadModel;
using NexusCart.Platform;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Events;

namespace NexusCart.Catalog.Events;

/// <summary>Keeps this replica's read model up to date with what other replicas stored.</summary>
internal static class ProductChangedHandler
{
    public static void MapProductEvents(this IEndpointRouteBuilder routes) => routes.MapSubscription(
        ProductChanged.Topic,
        products => products.On(ProductChanged.Type, ProductEventsJson.Default.ProductChanged, HandleAsync),
        Components.Broadcast);

    private static async Task HandleAsync(ProductChanged changed, EventContext context)
    {
        var index = context.Services.GetRequiredService<ProductIndex>();
        // The replica that wrote has the version already, and so does everybody at a repeated delivery.
        if (index.VersionOf(changed.Sku) >= changed.Version)
            return;

        var shards = context.Services.GetRequiredService<ShardClient<Product, ProductCommand, ProductAnswer>>();
        var answer = await shards.ExecuteAsync(changed.Sku, new ProductCommand(Draft: null), context.CancellationToken);
        if (answer.Product is { } product)
            index.Put(product);
    }
}
