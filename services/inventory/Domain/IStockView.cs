namespace NexusCart.Inventory.Domain;

/// <summary>What a partition knows before a turn.</summary>
public interface IStockView
{
    /// <summary>The level of a SKU; null when nothing of it was ever received.</summary>
    StockLevel? Level(string sku);

    /// <summary>A reservation, open or closed; null when unknown.</summary>
    Reservation? Reservation(string id);

    /// <summary>Whether a goods receipt was counted for a SKU before.</summary>
    bool HasReceipt(string sku, string receiptId);
}
