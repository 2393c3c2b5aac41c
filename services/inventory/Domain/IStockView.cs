namespace NexusCart.Inventory.Domain;

/// <summary>What a partition knows before a turn.</summary>
public interface IStockView
{
    /// <summary>The level of a SKU; null when nothing of it is known.</summary>
    StockLevel? Level(string sku);

    /// <summary>A reservation, open or closed; null when unknown.</summary>
    Reservation? Reservation(string id);

    /// <summary>Whether a goods receipt was counted for a SKU before.</summary>
    bool HasReceipt(string sku, string receiptId);

    /// <summary>An adjustment, transfer or return that was done before; null when it was not.</summary>
    StaffDocument? Document(MovementKind kind, string id);

    /// <summary>A backorder of a SKU that waits; null when there is none of that number.</summary>
    Backorder? Backorder(string sku, long number);

    /// <summary>Every backorder of the SKU with a lower number can be asked for; those behind are filled by a later turn.</summary>
    long QueueKnownTo(string sku);
}
