namespace NexusCart.Inventory.Events;

/// <summary>
/// <c>stock.low.v1</c> on topic <c>stock</c>: the units for sale of a SKU fell to its threshold or below. Told once; told again only
/// after there were more than the threshold in between.
/// </summary>
/// <param name="Sku">The SKU.</param>
/// <param name="Available">Units for sale in active warehouses; below zero by what orders wait for.</param>
/// <param name="Threshold">The threshold that holds for this SKU.</param>
/// <param name="Version">Of this SKU's figure; a lower one is older.</param>
public sealed record StockLow(string Sku, long Available, int Threshold, long Version)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "stock.low.v1";
}
