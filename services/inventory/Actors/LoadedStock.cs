using NexusCart.Inventory.Domain;

namespace NexusCart.Inventory.Actors;

/// <summary>What one turn has loaded of a partition.</summary>
internal sealed class LoadedStock(PartitionBooks books) : IStockView
{
    /// <summary>Loaded levels by SKU; null where nothing is known of one.</summary>
    public Dictionary<string, StockLevel?> Levels { get; } = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public StockLevel? Level(string sku) => Levels[sku];

    /// <inheritdoc/>
    public Reservation? Reservation(string id) => books.Open.Find(id) ?? books.Closed.Find(id);

    /// <inheritdoc/>
    public bool HasReceipt(string sku, string receiptId) => books.Receipts.Contains(sku, receiptId);

    /// <inheritdoc/>
    public StaffDocument? Document(MovementKind kind, string id) => books.Documents.Find(kind, id);

    /// <inheritdoc/>
    public Backorder? Backorder(string sku, long number) => books.Backorders.Find(sku, number);

    /// <inheritdoc/>
    public long QueueKnownTo(string sku) => books.Backorders.KnownTo(Levels[sku]);
}
