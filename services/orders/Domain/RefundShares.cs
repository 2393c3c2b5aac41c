using NexusCart.Platform.Values;

namespace NexusCart.Orders.Domain;

/// <summary>
/// What part of what was paid belongs to what. Everything is cut from whole amounts by cumulative rounding: the share of units <c>a</c> to
/// <c>b</c> is what was paid for <c>b</c> units less what was paid for <c>a</c>. So the parts always add up to the whole, to the cent, in
/// whatever portions and order they are asked for.
/// </summary>
public static class RefundShares
{
    /// <summary>What was paid for shipping, with its tax.</summary>
    /// <param name="order">The order.</param>
    public static MoneyAmount ShippingOf(Order order)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (order.Shipping is not { } shipping)
            return MoneyAmount.Zero(order.Total.Currency);
        var gross = order.IsTaxIncluded ? shipping.ToPay : shipping.ToPay + shipping.Tax.Amount;
        // A discount may have left less to pay than the shipping alone would cost.
        return gross > order.Total ? order.Total : gross;
    }

    /// <summary>What was paid for each line, in the order of the lines: the goods' part of the total, by the lines' weights.</summary>
    /// <param name="order">The order.</param>
    public static IReadOnlyList<long> LinesOf(Order order)
    {
        ArgumentNullException.ThrowIfNull(order);
        var goods = (order.Total - ShippingOf(order)).MinorUnits;
        return Divide(goods, [.. order.Lines.Select(line => line.ToPay.MinorUnits + (order.IsTaxIncluded ? 0 : line.Tax?.Amount.MinorUnits ?? 0))]);
    }

    /// <summary>Cuts an amount by weights; the parts add up to it.</summary>
    /// <param name="amount">Zero or more.</param>
    /// <param name="weights">Zero or more each; where all are zero, the first part is the whole.</param>
    public static IReadOnlyList<long> Divide(long amount, IReadOnlyList<long> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var whole = weights.Aggregate(Int128.Zero, (sum, weight) => sum + weight);
        var parts = new long[weights.Count];
        if (whole == 0)
        {
            if (parts.Length > 0)
                parts[0] = amount;
            return parts;
        }

        var (seen, given) = (Int128.Zero, 0L);
        for (var i = 0; i < parts.Length; i++)
        {
            seen += weights[i];
            var upTo = (long)(amount * seen / whole);
            parts[i] = upTo - given;
            given = upTo;
        }

        return parts;
    }

    /// <summary>The share of some units of a whole.</summary>
    /// <param name="whole">What was paid for all units.</param>
    /// <param name="quantity">How many there are.</param>
    /// <param name="before">How many had their share before.</param>
    /// <param name="units">How many get it now.</param>
    public static long OfUnits(long whole, int quantity, int before, int units) =>
        (long)((Int128)whole * (before + units) / quantity) - (long)((Int128)whole * before / quantity);

    /// <summary>
    /// The taxes contained in a refund. They follow the amount: what is given back of the total, is given back of each tax. The refund that
    /// leaves nothing takes what is left of each, so all refunds of an order together contain exactly its taxes.
    /// </summary>
    /// <param name="order">The order.</param>
    /// <param name="before">The refunds before this one that count.</param>
    /// <param name="amount">What is given back now.</param>
    public static IReadOnlyList<TaxTotal> TaxesOf(Order order, IReadOnlyList<Refund> before, MoneyAmount amount)
    {
        ArgumentNullException.ThrowIfNull(order);
        var given = MoneyAmount.Sum(before.Select(refund => refund.Share.Amount), order.Total.Currency);
        var parts = new List<TaxTotal>();
        foreach (var tax in order.Taxes)
        {
            var (gone, goneNet) = Gone(before, tax, order.Total.Currency);
            var (share, net) = given + amount == order.Total
                ? (tax.Amount - gone, tax.Net - goneNet)
                : (Part(tax.Amount, gone, amount, order.Total), Part(tax.Net, goneNet, amount, order.Total));
            if (share.MinorUnits != 0 || net.MinorUnits != 0)
                parts.Add(new TaxTotal(tax.RateBasisPoints, net, share));
        }

        return parts;
    }

    private static (MoneyAmount Tax, MoneyAmount Net) Gone(IReadOnlyList<Refund> before, TaxTotal tax, string currency)
    {
        var same = before.SelectMany(refund => refund.Share.Taxes).Where(part => part.RateBasisPoints == tax.RateBasisPoints).ToList();
        return (MoneyAmount.Sum(same.Select(part => part.Amount), currency), MoneyAmount.Sum(same.Select(part => part.Net), currency));
    }

    private static MoneyAmount Part(MoneyAmount whole, MoneyAmount gone, MoneyAmount amount, MoneyAmount total)
    {
        var part = whole with { MinorUnits = (long)((Int128)whole.MinorUnits * amount.MinorUnits / total.MinorUnits) };
        var left = whole - gone;
        return part > left ? left : part;
    }
}
