using NexusCart.Platform.Values;

namespace NexusCart.Orders.Domain;

/// <summary>A promotion that an order uses, as it was agreed.</summary>
/// <param name="PromotionId">The promotion.</param>
/// <param name="Name">Its name on that day.</param>
/// <param name="Code">The coupon that opened it; empty for a promotion that applies by itself.</param>
/// <param name="Amount">What it takes off, of lines and delivery together.</param>
public sealed record OrderDiscount(string PromotionId, string Name, string Code, MoneyAmount Amount);

/// <summary>A coupon that does not count.</summary>
/// <param name="Code">The coupon.</param>
/// <param name="Reason">Machine-readable: "expired".</param>
/// <param name="Detail">For people.</param>
public sealed record RefusedCoupon(string Code, string Reason, string Detail);

/// <summary>What promotions make of goods.</summary>
/// <param name="Discounts">The promotions that count.</param>
/// <param name="Lines">What they take off each line, in minor units.</param>
/// <param name="Shipping">What they take off the delivery, in minor units.</param>
/// <param name="Refused">Coupons that do not count.</param>
public sealed record Discounting(
    IReadOnlyList<OrderDiscount> Discounts, IReadOnlyList<long> Lines, long Shipping, IReadOnlyList<RefusedCoupon> Refused)
{
    /// <summary>No promotions.</summary>
    /// <param name="lines">How many lines there are.</param>
    public static Discounting None(int lines) => new([], new long[lines], 0, []);

    /// <summary>What is left of goods and delivery.</summary>
    /// <exception cref="ArgumentException">There is not one discount a line, or one is less than nothing or more than there is: then
    /// what promotions said is not to be trusted.</exception>
    internal void Check(IReadOnlyList<QuoteLine> lines, MoneyAmount shipping)
    {
        var isSound = Lines.Count == lines.Count
            && Lines.Zip(lines).All(pair => pair.First >= 0 && pair.First <= pair.Second.Total.MinorUnits)
            && Shipping >= 0 && Shipping <= shipping.MinorUnits
            && Discounts.Sum(discount => discount.Amount.MinorUnits) == Lines.Sum() + Shipping;
        if (!isSound)
            throw new ArgumentException("The discounts do not fit the goods.");
    }
}
