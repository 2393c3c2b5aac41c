using NexusCart.Platform.Values;

namespace NexusCart.Orders.Domain;

/// <summary>A line as it comes from the cart and the catalog.</summary>
/// <param name="Sku">The product.</param>
/// <param name="Title">Its title.</param>
/// <param name="Quantity">Units.</param>
/// <param name="UnitPrice">The catalog's price of one unit.</param>
public sealed record QuoteLine(string Sku, string Title, int Quantity, MoneyAmount UnitPrice);

/// <summary>What a customer is asked to pay, frozen.</summary>
/// <param name="Lines">The lines with their totals.</param>
/// <param name="Total">Their sum.</param>
public sealed record Quote(IReadOnlyList<OrderLine> Lines, MoneyAmount Total)
{
    /// <summary>The longest title kept with an order, in characters.</summary>
    public const int MaxTitle = 200;

    /// <summary>Adds a cart up, exactly.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="currency">The cart's currency.</param>
    /// <exception cref="OverflowException">The sum does not fit 64 bits.</exception>
    /// <exception cref="ArgumentException">A price is in another currency.</exception>
    public static Quote Freeze(IEnumerable<QuoteLine> lines, string currency)
    {
        var frozen = lines.Select(line => new OrderLine(
            line.Sku, Shorten(line.Title), line.Quantity, line.UnitPrice, line.UnitPrice * line.Quantity)).ToList();
        return new Quote(frozen, MoneyAmount.Sum(frozen.Select(line => line.LineTotal), currency));
    }

    private static string Shorten(string title)
    {
        if (title.Length <= MaxTitle)
            return title;
        // Not through the middle of a surrogate pair.
        var end = char.IsHighSurrogate(title[MaxTitle - 2]) ? MaxTitle - 2 : MaxTitle - 1;
        return title[..end] + "…";
    }
}
