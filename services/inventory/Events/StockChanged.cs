using NexusCart.Inventory.Domain;

namespace NexusCart.Inventory.Events;

/// <summary>
/// <c>stock.changed.v1</c> on topic <c>stock</c>: the units for sale of a SKU have changed. It tells the present
/// figure; a consumer that sees a gap in the versions has missed nothing it needs of this SKU.
/// </summary>
/// <param name="Sku">The SKU.</param>
/// <param name="Available">Units for sale in active warehouses; below zero by what orders wait for.</param>
/// <param name="Version">Of this SKU's figure; a lower one is older.</param>
/// <param name="Warehouses">Units by warehouse, inactive ones included.</param>
/// <param name="Backordered">Units that orders wait for.</param>
/// <param name="Backorderable">How many more may be backordered; 2,147,483,647 stands for no limit.</param>
public sealed record StockChanged(
    string Sku, long Available, long Version, IReadOnlyList<WarehouseUnits> Warehouses, long Backordered, int Backorderable)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "stock.changed.v1";

    /// <summary>Topic.</summary>
    public const string Topic = "stock";
}
