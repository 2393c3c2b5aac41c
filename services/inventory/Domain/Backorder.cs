namespace NexusCart.Inventory.Domain;

/// <summary>Units of a SKU that an order waits for. Numbers of a SKU grow, so the lowest has waited longest.</summary>
/// <param name="Number">Its place in the SKU's queue, from 0.</param>
/// <param name="ReservationId">The order.</param>
/// <param name="Units">Units still to come; 1 or more while it waits.</param>
/// <param name="Sold">Whether the order is committed: its units leave as soon as they come in.</param>
/// <param name="Filled">What has come in for it, by warehouse.</param>
public sealed record Backorder(long Number, string ReservationId, int Units, bool Sold, IReadOnlyList<Allocation> Filled)
{
    /// <summary>Units came in for it.</summary>
    public Backorder Fill(string warehouse, int units) => this with { Units = Units - units, Filled = Filled.Plus(warehouse, units) };
}

/// <summary>Units that a line waits for.</summary>
/// <param name="Number">Their place in the SKU's queue.</param>
/// <param name="Units">Units still to come.</param>
public sealed record WaitingUnits(long Number, int Units);
