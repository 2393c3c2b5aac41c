using NexusCart.Inventory.Domain;

namespace NexusCart.Inventory;

/// <summary>Configuration section <c>Inventory</c>.</summary>
public sealed class InventoryOptions
{
    /// <summary>Partitions the SKUs are spread over. Fixed once data exists; the service refuses to start with another number.</summary>
    public int PartitionCount { get; set; } = 8;

    /// <summary>How long a closed reservation is remembered, so that a repeated call gets the same answer.</summary>
    public TimeSpan ClosedRetention { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How warehouses are chosen.</summary>
    public AllocationOptions Allocation { get; set; } = new();

    /// <summary>Units for sale at or below which stock is low, where the SKU does not say otherwise; 0 or more.</summary>
    public int LowStockThreshold { get; set; } = 5;

    /// <summary>
    /// How much of a SKU's ledger is kept, in chunks of 32 movements: 1,024 are the last 32,768 movements. What is older lives on as the
    /// opening balance, so the ledger still adds up.
    /// </summary>
    public int LedgerChunksKept { get; set; } = 1_024;

    /// <summary>How often a replica compares its availability figures with the partitions, in case an event passed it by.</summary>
    public TimeSpan AvailabilityRefresh { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The least time between two comparisons that a gap in the events caused.</summary>
    public TimeSpan ResyncPause { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>SKUs whose level a partition keeps in memory.</summary>
    public int CachedSkus { get; set; } = 16_384;

    /// <summary>Pending events of a partition above which it refuses changes until some were published.</summary>
    public int MaxPendingEvents { get; set; } = 10_000;

    /// <summary>Deadline of the state operations of one turn.</summary>
    public TimeSpan TurnTimeout { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>Deadline of one call to a partition.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Deadline of one publish.</summary>
    public TimeSpan PublishTimeout { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>How warehouses are chosen; configuration section <c>Inventory:Allocation</c>.</summary>
public sealed class AllocationOptions
{
    /// <summary>What decides which warehouse is asked first.</summary>
    public AllocationStrategy Strategy { get; set; } = AllocationStrategy.Priority;

    /// <summary>Whether several warehouses may share a line. If not, a line that no warehouse has as a whole is out of stock.</summary>
    public bool Split { get; set; } = true;

    /// <summary>Countries that are near to each other, from the narrowest zone to the widest; see <see cref="WarehouseRanking"/>.</summary>
    public IReadOnlyList<ZoneOptions> Zones { get; set; } = [];
}

/// <summary>A zone; see <see cref="Zone"/>.</summary>
public sealed class ZoneOptions
{
    /// <summary>For people.</summary>
    public string Name { get; set; } = "";

    /// <summary>ISO 3166-1 alpha-2.</summary>
    public IReadOnlyList<string> Countries { get; set; } = [];
}
