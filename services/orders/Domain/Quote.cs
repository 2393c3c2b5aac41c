using NexusCart.Platform.Values;

namespace NexusCart.Orders.Domain;

/// <summary>A line as it comes from the cart and the catalog.</summary>
/// <param name="Sku">The product.</param>
/// <param name="Title">Its title.</param>
/// <param name="Quantity">Units.</param>
/// <param name="UnitPrice">The catalog's price of one unit.</param>
/// <param name="TaxClass">What kind of goods it is to the tax office.</param>
/// <param name="WeightGrams">Weight of one unit, in grams.</param>
/// <param name="Brand">Its brand.</param>
/// <param name="Category">Its category path.</param>
public sealed record QuoteLine(
    string Sku, string Title, int Quantity, MoneyAmount UnitPrice, string TaxClass = QuoteLine.StandardClass, int WeightGrams = 0,
    string Brand = "", string Category = "")
{
    /// <summary>The class of goods that belong to no other.</summary>
    public const string StandardClass = "standard";

    /// <summary>The price of all units.</summary>
    /// <exception cref="OverflowException">It does not fit 64 bits.</exception>
    public MoneyAmount Total => UnitPrice * Quantity;
}

/// <summary>A way to send the goods.</summary>
/// <param name="MethodId">Its id: "express".</param>
/// <param name="Name">Its name, for people.</param>
/// <param name="Price">What it costs.</param>
public sealed record ShippingOption(string MethodId, string Name, MoneyAmount Price);

/// <summary>What a customer is asked to pay, frozen.</summary>
/// <param name="Lines">The lines with their totals.</param>
/// <param name="Subtotal">The sum of the lines.</param>
/// <param name="Shipping">How the goods are sent, and what that costs.</param>
/// <param name="Taxes">The taxes on lines and shipping, by rate, the highest first.</param>
/// <param name="IsTaxIncluded">Whether prices contain the tax already.</param>
/// <param name="Total">What is paid: lines and shipping less the discounts, and the tax where it comes on top.</param>
public sealed record Quote(
    IReadOnlyList<OrderLine> Lines,
    MoneyAmount Subtotal,
    OrderShipping Shipping,
    IReadOnlyList<TaxTotal> Taxes,
    bool IsTaxIncluded,
    MoneyAmount Total)
{
    /// <summary>The promotions that count; their amounts are in lines and shipping.</summary>
    public IReadOnlyList<OrderDiscount> Discounts { get; init; } = [];

    /// <summary>The longest title kept with an order, in characters.</summary>
    public const int MaxTitle = 200;

    /// <summary>The price of all lines together.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="currency">The cart's currency.</param>
    /// <exception cref="OverflowException">The sum does not fit 64 bits.</exception>
    /// <exception cref="ArgumentException">A price is in another currency.</exception>
    public static MoneyAmount SubtotalOf(IEnumerable<QuoteLine> lines, string currency) =>
        MoneyAmount.Sum(lines.Select(line => line.Total), currency);

    /// <summary>Adds a cart up, exactly.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="shipping">How they are sent.</param>
    /// <param name="taxes">The tax on what is left of each line, and last the one on what is left of the shipping.</param>
    /// <param name="isTaxIncluded">Whether prices contain the tax already.</param>
    /// <param name="discounting">What promotions take off; null for nothing.</param>
    /// <exception cref="OverflowException">The sum does not fit 64 bits.</exception>
    /// <exception cref="ArgumentException">Currencies differ, or there is not one tax for each line and the shipping.</exception>
    public static Quote Freeze(
        IReadOnlyList<QuoteLine> lines, ShippingOption shipping, IReadOnlyList<Tax> taxes, bool isTaxIncluded, Discounting? discounting = null)
    {
        ArgumentNullException.ThrowIfNull(lines);
        ArgumentNullException.ThrowIfNull(shipping);
        ArgumentNullException.ThrowIfNull(taxes);
        if (taxes.Count != lines.Count + 1)
            throw new ArgumentException($"There are {taxes.Count} taxes for {lines.Count} lines and the shipping.", nameof(taxes));

        var currency = shipping.Price.Currency;
        var off = discounting ?? Discounting.None(lines.Count);
        off.Check(lines, shipping.Price);
        var frozen = lines.Select((line, i) => new OrderLine(
            line.Sku, Shorten(line.Title), line.Quantity, line.UnitPrice, line.Total, taxes[i], Discount(off.Lines[i]))).ToList();
        var subtotal = SubtotalOf(lines, currency);
        var onTop = isTaxIncluded ? MoneyAmount.Zero(currency) : MoneyAmount.Sum(taxes.Select(tax => tax.Amount), currency);
        var delivery = new OrderShipping(shipping.MethodId, shipping.Name, shipping.Price, taxes[^1], Discount(off.Shipping));
        var paid = frozen.Select(line => line.ToPay).Append(delivery.ToPay).ToList();
        return new Quote(
            frozen,
            subtotal,
            delivery,
            TotalsOf(paid.Zip(taxes), isTaxIncluded),
            isTaxIncluded,
            MoneyAmount.Sum(paid, currency) + onTop)
        {
            Discounts = off.Discounts,
        };

        MoneyAmount? Discount(long minorUnits) => minorUnits == 0 ? null : new MoneyAmount(minorUnits, currency);
    }

    private static List<TaxTotal> TotalsOf(IEnumerable<(MoneyAmount Amount, Tax Tax)> taxed, bool isTaxIncluded) =>
        [.. taxed
            .Where(item => item.Tax.RateBasisPoints > 0 && item.Amount.MinorUnits > 0)
            .GroupBy(item => item.Tax.RateBasisPoints)
            .OrderByDescending(group => group.Key)
            .Select(group =>
            {
                var currency = group.First().Amount.Currency;
                var amount = MoneyAmount.Sum(group.Select(item => item.Tax.Amount), currency);
                var sum = MoneyAmount.Sum(group.Select(item => item.Amount), currency);
                return new TaxTotal(group.Key, isTaxIncluded ? sum - amount : sum, amount);
            })];

    private static string Shorten(string title)
    {
        if (title.Length <= MaxTitle)
            return title;
        // Not through the middle of a surrogate pair.
        var end = char.IsHighSurrogate(title[MaxTitle - 2]) ? MaxTitle - 2 : MaxTitle - 1;
        return title[..end] + "…";
    }
}
