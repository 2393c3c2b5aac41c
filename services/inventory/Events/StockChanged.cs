namespace NexusCart.Inventory.Events;

/// <summary>
/// <c>stock.changed.v1</c> on topic <c>stock</c>: the units for sale of a SKU have changed. It tells the present
/// figure; a consumer that sees a gap in the versions has missed nothing it needs.
/// </summary>
/// <param name="Sku">The SKU.</param>
/// <param name="Available">Units for sale.</param>
/// <param name="Version">Of this SKU's figure; a lower one is older.</param>
public sealed record StockChanged(string Sku, long Available, long Version)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "stock.changed.v1";

    /// <summary>Topic.</summary>
    public const string Topic = "stock";
}
