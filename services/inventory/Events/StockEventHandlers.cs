using NexusCart.Inventory.Actors;
using NexusCart.Inventory.Domain;
using NexusCart.Inventory.ReadModel;
using NexusCart.Platform;
using NexusCart.Platform.Events;

namespace NexusCart.Inventory.Events;

/// <summary>Keeps this replica's read models up to date with what every replica changed.</summary>
internal static class StockEventHandlers
{
    public static void MapStockEvents(this IEndpointRouteBuilder routes) => routes.MapSubscription(
        StockChanged.Topic,
        stock => stock
            .On(StockChanged.Type, InventoryJson.Default.StockChanged, HandleAsync)
            .On(WarehouseChanged.Type, WarehouseJson.Default.WarehouseChanged, HandleAsync),
        Components.Broadcast);

    /// <summary>Takes the figures in; a gap in the versions has the rest of the partition looked after.</summary>
    internal static Task HandleAsync(StockChanged changed, EventContext context)
    {
        // Events from before there were warehouses name none: everything lay in the default one.
        var figures = new StockFigures(
            changed.Sku, changed.Version, changed.Warehouses ?? [new WarehouseUnits(Warehouse.DefaultId, changed.Available)],
            changed.Backordered, changed.Backorderable);
        if (context.Services.GetRequiredService<AvailabilityIndex>().Put(figures))
            context.Services.GetRequiredService<AvailabilityRefresh>().Suspect(changed.Sku);
        return Task.CompletedTask;
    }

    private static Task HandleAsync(WarehouseChanged changed, EventContext context)
    {
        context.Services.GetRequiredService<WarehouseDirectory>().Put(new Warehouse(
            changed.WarehouseId, changed.Name, changed.Country, changed.Priority, changed.Active, changed.Version));
        return Task.CompletedTask;
    }
}
