using NexusCart.Inventory.Domain;

namespace NexusCart.Inventory.Actors;

/// <summary>What one turn has loaded of a partition.</summary>
internal sealed class LoadedStock(OpenReservations open, ClosedReservations closed, ReceiptBook receipts) : IStockView
{
    /// <summary>Loaded levels by SKU; null where nothing was ever received.</summary>
    public Dictionary<string, StockLevel?> Levels { get; } = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public StockLevel? Level(string sku) => Levels[sku];

    /// <inheritdoc/>
    public Reservation? Reservation(string id) => open.Find(id) ?? closed.Find(id);

    /// <inheritdoc/>
    public bool HasReceipt(string sku, string receiptId) => receipts.Contains(sku, receiptId);
}
