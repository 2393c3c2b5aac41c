using NexusCart.Inventory.Domain;

namespace NexusCart.Inventory.Events;

/// <summary>
/// <c>stock.backorder_filled.v1</c> on topic <c>stock</c>: units came in that an order waited for. Keyed by order and SKU; it tells all
/// that has come in so far, so the event with the fewest waiting units is the latest.
/// </summary>
/// <param name="ReservationId">The order.</param>
/// <param name="Sku">The SKU.</param>
/// <param name="Allocations">What came in for it after it was reserved, by warehouse.</param>
/// <param name="Waiting">Units that are still to come.</param>
/// <param name="Sold">Whether the reservation was committed when they came in.</param>
public sealed record BackorderFilled(string ReservationId, string Sku, IReadOnlyList<Allocation> Allocations, int Waiting, bool Sold)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "stock.backorder_filled.v1";
}
