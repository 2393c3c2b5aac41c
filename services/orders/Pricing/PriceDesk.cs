using NexusCart.Orders.Domain;
using NexusCart.Platform.Values;

namespace NexusCart.Orders.Pricing;

/// <summary>A quote, and the ways to send it that could be chosen.</summary>
/// <param name="Quote">With the way that was chosen.</param>
/// <param name="Options">All ways, the cheapest first.</param>
public sealed record PricedCart(Quote Quote, IReadOnlyList<ShippingOption> Options)
{
    /// <summary>Coupons that do not count.</summary>
    public IReadOnlyList<RefusedCoupon> RefusedCoupons { get; init; } = [];

    /// <summary>What the customer has not acknowledged of new prices, for people.</summary>
    public IReadOnlyList<string> ChangedPrices { get; init; } = [];
}

/// <summary>Why goods cannot be priced.</summary>
public enum PricingObstacle
{
    /// <summary>Nothing is sent there, or not in that weight.</summary>
    NotShippedThere,

    /// <summary>It is sent there, but for no price in that currency.</summary>
    NotInCurrency,

    /// <summary>There is no such shipping method for it.</summary>
    NoSuchMethod,
}

/// <summary>Goods cannot be priced.</summary>
public sealed class PricingException(PricingObstacle obstacle) : Exception($"{obstacle}")
{
    /// <summary>Why.</summary>
    public PricingObstacle Obstacle => obstacle;
}

/// <summary>Prices goods with shipping and tax: the one place that does, so that what is shown is what is charged.</summary>
public sealed class PriceDesk(IShippingRates shipping, ITaxCalculator taxes)
{
    /// <summary>The tax class of the delivery.</summary>
    public const string ShippingClass = "shipping";

    /// <summary>Prices goods.</summary>
    /// <param name="lines">The goods; at least one line.</param>
    /// <param name="currency">The cart's currency.</param>
    /// <param name="destination">Where they go.</param>
    /// <param name="method">The shipping method; empty for the cheapest.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PricingException">They cannot be sent like that.</exception>
    /// <exception cref="OverflowException">A sum does not fit 64 bits.</exception>
    public Task<PricedCart> PriceAsync(
        IReadOnlyList<QuoteLine> lines, string currency, Destination destination, string method, CancellationToken cancellationToken) =>
        PriceAsync(lines, currency, destination, method, (goods, _) => Task.FromResult(Discounting.None(goods.Count)), cancellationToken);

    /// <summary>
    /// Prices goods with promotions. The delivery is priced by what the goods are worth before any discount, so that a discount does not
    /// make it dearer; the tax is on what is left of each line and of the delivery.
    /// </summary>
    /// <param name="lines">The goods; at least one line.</param>
    /// <param name="currency">The cart's currency.</param>
    /// <param name="destination">Where they go.</param>
    /// <param name="method">The shipping method; empty for the cheapest.</param>
    /// <param name="promote">Says what promotions make of the goods, sent in the chosen way.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PricingException">They cannot be sent like that.</exception>
    /// <exception cref="OverflowException">A sum does not fit 64 bits.</exception>
    public async Task<PricedCart> PriceAsync(
        IReadOnlyList<QuoteLine> lines, string currency, Destination destination, string method,
        Func<IReadOnlyList<QuoteLine>, ShippingOption, Task<Discounting>> promote, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(promote);
        ArgumentNullException.ThrowIfNull(lines);
        ArgumentNullException.ThrowIfNull(method);
        var parcel = new Parcel(destination, Quote.SubtotalOf(lines, currency), lines.Sum(line => (long)line.WeightGrams * line.Quantity));
        var options = await shipping.OptionsAsync(parcel, cancellationToken);
        if (options.Count == 0)
            throw new PricingException(PricingObstacle.NotShippedThere);
        var chosen = method.Length == 0 ? options[0] : options.FirstOrDefault(option => option.MethodId == method)
            ?? throw new PricingException(PricingObstacle.NoSuchMethod);

        var off = await promote(lines, chosen);
        off.Check(lines, chosen.Price);
        TaxedItem[] items =
        [
            .. lines.Select((line, i) => new TaxedItem(line.TaxClass, Less(line.Total, off.Lines[i]))),
            new TaxedItem(ShippingClass, Less(chosen.Price, off.Shipping)),
        ];
        var assessment = await taxes.AssessAsync(items, destination, cancellationToken);
        return new PricedCart(Quote.Freeze(lines, chosen, assessment.Taxes, assessment.IsIncluded, off), options) { RefusedCoupons = off.Refused };
    }

    private static MoneyAmount Less(MoneyAmount amount, long minorUnits) => amount with { MinorUnits = amount.MinorUnits - minorUnits };
}
