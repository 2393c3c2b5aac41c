namespace NexusCart.Inventory;

/// <summary>Configuration section <c>Inventory</c>.</summary>
public sealed class InventoryOptions
{
    /// <summary>Partitions the SKUs are spread over. Fixed once data exists; the service refuses to start with another number.</summary>
    public int PartitionCount { get; set; } = 8;

    /// <summary>How long a closed reservation is remembered, so that a repeated call gets the same answer.</summary>
    public TimeSpan ClosedRetention { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How old an availability figure may be; zero reads the partition each time.</summary>
    public TimeSpan AvailabilityAge { get; set; } = TimeSpan.FromMilliseconds(250);

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
