using NexusCart.Platform;
using NexusCart.Platform.Events;
using NexusCart.Promotions.Actors;
using NexusCart.Promotions.ReadModel;

namespace NexusCart.Promotions.Events;

/// <summary>Keeps this replica's read models up to date with what other replicas stored: a topic has one subscription.</summary>
internal static class PromotionChangedHandler
{
    public static void MapPromotionEvents(this IEndpointRouteBuilder routes) => routes.MapSubscription(
        PromotionChanged.Topic,
        promotions => promotions.On(PromotionChanged.Type, PromotionEventsJson.Default.PromotionChanged, HandleAsync).OnFlashSaleChanges(),
        Components.Broadcast);

    private static async Task HandleAsync(PromotionChanged changed, EventContext context)
    {
        var book = context.Services.GetRequiredService<PromotionBook>();
        var key = $"{changed.Kind}:{changed.Id}";
        var known = book.VersionOf(key);
        // The replica that wrote has the version already, and so does everybody at a repeated delivery.
        if (known >= changed.Version)
            return;
        // An event before this one passed by, and perhaps others of other promotions with it.
        if (changed.Version > known + 1)
            context.Services.GetRequiredService<PromotionBookRefresh>().Resync();
        if (await context.Services.GetRequiredService<DefinitionStore>().ReadAsync(key, context.CancellationToken) is { } definition)
            book.Put(definition);
    }
}
