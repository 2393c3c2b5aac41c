using NexusCart.Platform.Values;

namespace NexusCart.Orders.Domain;

/// <summary>The tax on an amount.</summary>
/// <param name="RateBasisPoints">Hundredths of a percent: 1900 is 19 %.</param>
/// <param name="Amount">The tax, rounded to the minor unit.</param>
public sealed record Tax(int RateBasisPoints, MoneyAmount Amount)
{
    private const int Whole = 10_000;

    /// <summary>The highest rate that is taken for one: 100 %.</summary>
    public const int MaxRate = Whole;

    /// <summary>
    /// The tax on an amount. Half a minor unit is rounded up, as commercial rounding has it, and each amount by itself, so that what is
    /// printed beside the lines adds up.
    /// </summary>
    /// <param name="amount">Zero or more.</param>
    /// <param name="rateBasisPoints">0 to <see cref="MaxRate"/>.</param>
    /// <param name="isIncluded">Whether the amount contains the tax (prices for consumers in Europe) or the tax comes on top.</param>
    public static Tax On(MoneyAmount amount, int rateBasisPoints, bool isIncluded)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount.MinorUnits, nameof(amount));
        ArgumentOutOfRangeException.ThrowIfNegative(rateBasisPoints);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rateBasisPoints, MaxRate);
        var divisor = isIncluded ? Whole + rateBasisPoints : Whole;
        // 128 bits: the product of two numbers that each fit must not wrap around.
        var tax = (((Int128)amount.MinorUnits * rateBasisPoints * 2) + divisor) / (divisor * 2);
        return new Tax(rateBasisPoints, amount with { MinorUnits = (long)tax });
    }
}

/// <summary>All that is taxed at one rate.</summary>
/// <param name="RateBasisPoints">Hundredths of a percent.</param>
/// <param name="Net">What is taxed, without the tax.</param>
/// <param name="Amount">The tax.</param>
public sealed record TaxTotal(int RateBasisPoints, MoneyAmount Net, MoneyAmount Amount);
