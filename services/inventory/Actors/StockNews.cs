using NexusCart.Inventory.Domain;
using NexusCart.Inventory.Events;
using NexusCart.Platform.Actors;

namespace NexusCart.Inventory.Actors;

/// <summary>
/// The events of a turn. Of each type and key only the latest that waits is published, so every event tells the present state and
/// stands under a key of its own.
/// </summary>
internal static class StockNews
{
    public static IEnumerable<PendingEvent> Of(StockChanges changes, StockRules rules) =>
    [
        .. changes.Announced.Select(level => Changed(StockFigures.Of(level), level.AvailableOutside(rules.Closed))),
        .. changes.Low.Select(level => Low(level, rules)),
        .. changes.Filled.Select(filled => Filled(filled.Sku, filled.Backorder)),
    ];

    private static PendingEvent Changed(StockFigures figures, long available) => PendingEvent.Create(
        string.Create(null, $"{figures.Sku}:{figures.Version}"), StockChanged.Type, StockChanged.Topic, figures.Sku,
        new StockChanged(figures.Sku, available, figures.Version, figures.Warehouses, figures.Backordered, figures.Backorderable),
        InventoryJson.Default.StockChanged);

    private static PendingEvent Low(StockLevel level, StockRules rules) => PendingEvent.Create(
        string.Create(null, $"{level.Sku}:{level.Version}:low"), StockLow.Type, StockChanged.Topic, level.Sku,
        new StockLow(level.Sku, level.AvailableOutside(rules.Closed), level.Rules.LowStockThreshold ?? rules.LowStockThreshold, level.Version),
        InventoryJson.Default.StockLow);

    private static PendingEvent Filled(string sku, Backorder backorder) => PendingEvent.Create(
        string.Create(null, $"{backorder.ReservationId}:{sku}:{backorder.Number}:{backorder.Units}"), BackorderFilled.Type, StockChanged.Topic,
        $"{backorder.ReservationId}:{sku}",
        new BackorderFilled(backorder.ReservationId, sku, backorder.Filled, backorder.Units, backorder.Sold),
        InventoryJson.Default.BackorderFilled);
}
