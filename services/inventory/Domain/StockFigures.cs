namespace NexusCart.Inventory.Domain;

/// <summary>Units of one warehouse that are for sale.</summary>
/// <param name="WarehouseId">The warehouse.</param>
/// <param name="Available">Units on hand less reserved ones.</param>
public sealed record WarehouseUnits(string WarehouseId, long Available);

/// <summary>What of a SKU can be sold: all that a read model needs of it.</summary>
/// <param name="Sku">The SKU.</param>
/// <param name="Version">Grows with each change; a lower one is older.</param>
/// <param name="Warehouses">Units by warehouse, inactive ones included.</param>
/// <param name="Backordered">Units that orders wait for.</param>
/// <param name="Backorderable">How many more may be backordered; 2,147,483,647 stands for no limit.</param>
public sealed record StockFigures(string Sku, long Version, IReadOnlyList<WarehouseUnits> Warehouses, long Backordered, int Backorderable)
{
    /// <summary>The figures of a level.</summary>
    public static StockFigures Of(StockLevel level) => new(
        level.Sku, level.Version, [.. level.AllShelves.Select(shelf => new WarehouseUnits(shelf.Warehouse, shelf.Free))],
        level.Backordered, level.Rules.Room(level.Backordered));

    /// <summary>Units for sale in warehouses that are not closed; below zero by what orders wait for.</summary>
    public long Available(IReadOnlySet<string> closed) =>
        Warehouses.Where(warehouse => !closed.Contains(warehouse.WarehouseId)).Sum(warehouse => warehouse.Available) - Backordered;
}
