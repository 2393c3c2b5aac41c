using NexusCart.Catalog.Actors;
using NexusCart.Catalog.Api;
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
        products => products
            .On(ProductChanged.Type, ProductEventsJson.Default.ProductChanged, HandleAsync)
            .On(CategoryChanged.Type, ProductEventsJson.Default.CategoryChanged, static (changed, context) => RefreshAsync(
                EntryIds.Categories, changed.Version, static structure => structure.Current.Categories.Version, context))
            .On(BrandChanged.Type, ProductEventsJson.Default.BrandChanged, static (changed, context) => RefreshAsync(
                EntryIds.Brand(changed.Slug), changed.Version,
                structure => structure.Current.Brands.GetValueOrDefault(changed.Slug)?.Version ?? 0, context))
            .On(AttributeChanged.Type, ProductEventsJson.Default.AttributeChanged, static (changed, context) => RefreshAsync(
                EntryIds.Attribute(changed.Name), changed.Version,
                structure => structure.Current.Attributes.GetValueOrDefault(changed.Name)?.Version ?? 0, context))
            .On(PriceListChanged.Type, ProductEventsJson.Default.PriceListChanged, static (changed, context) => RefreshAsync(
                EntryIds.PriceList(changed.PriceListId), changed.Version,
                structure => structure.Prices.Find(changed.PriceListId)?.Version ?? 0, context))
            .On(PriceChanged.Type, ProductEventsJson.Default.PriceChanged, static (changed, context) => RefreshAsync(
                EntryIds.ListPrice(changed.PriceListId, changed.Sku), changed.Version,
                structure => structure.Prices.VersionOf(changed.PriceListId, changed.Sku), context)),
        Components.Broadcast);

    private static async Task HandleAsync(ProductChanged changed, EventContext context)
    {
        var index = context.Services.GetRequiredService<ProductIndex>();
        // The replica that wrote has the version already, and so does everybody at a repeated delivery.
        if (index.VersionOf(changed.Sku) >= changed.Version)
            return;

        var shards = context.Services.GetRequiredService<ShardClient<Product, ProductCommand, ProductAnswer>>();
        var answer = await shards.ExecuteAsync(changed.Sku, ProductCommand.Read, context.CancellationToken);
        if (answer.Product is { } product)
            index.Put(product);
    }

    private static Task RefreshAsync(string id, long version, Func<StructureIndex, long> known, EventContext context) =>
        known(context.Services.GetRequiredService<StructureIndex>()) >= version
            ? Task.CompletedTask
            : context.Services.GetRequiredService<EntryDesk>().ExecuteAsync(id, new ReadEntry(), context.CancellationToken);
}
