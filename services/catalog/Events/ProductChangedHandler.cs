using Dapr;
using NexusCart.Catalog.Actors;
using NexusCart.Catalog.Domain;
using NexusCart.Catalog.ReadModel;
using NexusCart.Platform;
using NexusCart.Platform.Actors;

namespace NexusCart.Catalog.Events;

/// <summary>Keeps this replica's read model up to date with what other replicas stored.</summary>
internal static class ProductChangedHandler
{
    public static void MapProductEvents(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/events/products", HandleAsync)
            .WithTopic(new TopicOptions
            {
                PubsubName = Components.Broadcast,
                Name = ProductChanged.Topic,
                DeadLetterTopic = ProductChanged.DeadLetterTopic,
            });

    private static async Task<IResult> HandleAsync(
        ProductChanged changed,
        ProductIndex index,
        ShardClient<Product, ProductCommand, ProductAnswer> shards,
        CancellationToken cancellation)
    {
        // The replica that wrote has the version already, and so does everybody at a repeated delivery.
        if (index.VersionOf(changed.Sku) >= changed.Version)
            return Results.Ok();

        var answer = await shards.ExecuteAsync(changed.Sku, new ProductCommand(Draft: null), cancellation);
        if (answer.Product is { } product)
            index.Put(product);
        return Results.Ok();
    }
}
