using NexusCart.Inventory.V1;

namespace NexusCart.Workflows.Checkout.Activities;

internal static class StockLines
{
    /// <summary>The lines as inventory's contract has them.</summary>
    public static IEnumerable<StockLine> ToStockLines(this IReadOnlyList<CheckoutLine> lines) =>
        lines.Select(line => new StockLine { Sku = line.Sku, Quantity = line.Quantity });
}
