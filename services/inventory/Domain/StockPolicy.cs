namespace NexusCart.Inventory.Domain;

/// <summary>Whether more of a SKU may be sold than there is.</summary>
public enum BackorderMode
{
    /// <summary>No.</summary>
    None,

    /// <summary>Up to a number of units that wait at once.</summary>
    Limited,

    /// <summary>Without limit.</summary>
    Unlimited,
}

/// <summary>How a SKU is sold.</summary>
/// <param name="Backorder">Whether more may be sold than there is.</param>
/// <param name="BackorderLimit">Units that may wait at once, where that is limited; 0 to 1,000,000.</param>
/// <param name="LowStockThreshold">Units for sale at or below which stock counts as low; null for the shop's default.</param>
public sealed record StockPolicy(BackorderMode Backorder, int BackorderLimit, int? LowStockThreshold)
{
    /// <summary>Only what is there is sold.</summary>
    public static StockPolicy Default { get; } = new(BackorderMode.None, 0, null);

    /// <summary>How many more units may be backordered; at most 2,147,483,647, which stands for no limit.</summary>
    /// <param name="waiting">Units that wait already.</param>
    public int Room(long waiting) => Backorder switch
    {
        BackorderMode.None => 0,
        BackorderMode.Limited => (int)Math.Max(0, BackorderLimit - waiting),
        _ => int.MaxValue,
    };
}

/// <summary>What holds for the whole shop in a turn.</summary>
/// <param name="Closed">Inactive warehouses: they fill no backorders, and what lies there is not for sale.</param>
/// <param name="LowStockThreshold">Units for sale at or below which stock is low, where the SKU does not say otherwise.</param>
public sealed record StockRules(IReadOnlySet<string> Closed, int LowStockThreshold)
{
    /// <summary>Every warehouse is active; stock is low when there is none.</summary>
    public static StockRules Default { get; } = new(new HashSet<string>(), 0);
}
