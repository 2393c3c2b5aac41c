namespace NexusCart.Inventory.Events;

/// <summary><c>stock.warehouse_changed.v1</c> on topic <c>stock</c>: a warehouse was opened or described anew. Keyed by warehouse.</summary>
/// <param name="WarehouseId">The warehouse.</param>
/// <param name="Name">For people.</param>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
/// <param name="Priority">Which gives first; the lowest first.</param>
/// <param name="Active">Whether it sells and takes in.</param>
/// <param name="Version">Grows by one with each change.</param>
public sealed record WarehouseChanged(string WarehouseId, string Name, string Country, int Priority, bool Active, long Version)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "stock.warehouse_changed.v1";
}
