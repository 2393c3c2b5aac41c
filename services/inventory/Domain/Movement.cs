namespace NexusCart.Inventory.Domain;

/// <summary>Why stock moved.</summary>
public enum MovementKind
{
    /// <summary>What there was before movements were written down.</summary>
    Opening,

    /// <summary>Goods came in.</summary>
    Receipt,

    /// <summary>Units were held for an order; without a warehouse: they were promised and are still to come.</summary>
    Reservation,

    /// <summary>Held or promised units are free again.</summary>
    Release,

    /// <summary>Held or promised units were sold.</summary>
    Sale,

    /// <summary>A sale was undone.</summary>
    Restock,

    /// <summary>A customer sent units back.</summary>
    Return,

    /// <summary>Staff corrected the figure, or returned units were scrapped.</summary>
    Adjustment,

    /// <summary>Units went from one warehouse to another; one movement at each.</summary>
    Transfer,

    /// <summary>Units that came in went to an order that waited for them.</summary>
    BackorderFill,
}

/// <summary>One line of a SKU's ledger.</summary>
/// <param name="Number">From 0, without gaps.</param>
/// <param name="At">When.</param>
/// <param name="Kind">Why.</param>
/// <param name="Cause">The id of the receipt, reservation, return, adjustment or transfer.</param>
/// <param name="Warehouse">Where; empty for units that no warehouse has yet.</param>
/// <param name="Quantity">Units concerned.</param>
/// <param name="Delta">Change of the units on hand there.</param>
/// <param name="Held">Change of the units reserved there.</param>
/// <param name="Promised">Change of the SKU's backordered units.</param>
/// <param name="Balance">Units on hand there afterwards.</param>
/// <param name="Reason">More about the why: a code; null where the kind says it all.</param>
/// <param name="Actor">The person who did it, by the subject of his token; null where a program did.</param>
public sealed record Movement(
    long Number, DateTimeOffset At, MovementKind Kind, string Cause, string Warehouse, long Quantity,
    long Delta, long Held, long Promised, long Balance, string? Reason = null, string? Actor = null);

/// <summary>What caused a movement.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Id">The id of the receipt, reservation, return, adjustment or transfer.</param>
/// <param name="Reason">A code; null where the kind says it all.</param>
/// <param name="Actor">The person who did it; null where a program did.</param>
public sealed record Cause(MovementKind Kind, string Id, string? Reason = null, string? Actor = null);
