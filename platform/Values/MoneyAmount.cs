using System.Globalization;
using NexusCart.Common.V1;
using NexusCart.Platform.Errors;

namespace NexusCart.Platform.Values;

/// <summary>An amount of money in minor units of its currency. Arithmetic is exact and never wraps around.</summary>
/// <param name="MinorUnits">1299 EUR is 12.99 euro, 1299 JPY is 1,299 yen.</param>
/// <param name="Currency">ISO 4217, upper case.</param>
public readonly record struct MoneyAmount(long MinorUnits, string Currency) : IComparable<MoneyAmount>
{
    /// <summary>No money of a currency.</summary>
    public static MoneyAmount Zero(string currency) => new(0, currency);

    /// <summary>Reads the message form; a missing message is no money of no currency.</summary>
    public static MoneyAmount From(Money? message) => new(message?.MinorUnits ?? 0, message?.Currency ?? "");

    /// <summary>The sum of amounts of one currency; zero of that currency where there are none.</summary>
    /// <exception cref="OverflowException">The sum does not fit 64 bits.</exception>
    public static MoneyAmount Sum(IEnumerable<MoneyAmount> amounts, string currency) =>
        amounts.Aggregate(Zero(currency), static (total, amount) => total + amount);

    /// <summary>The message form.</summary>
    public Money ToMessage() => new() { MinorUnits = MinorUnits, Currency = Currency };

    /// <summary>Adds.</summary>
    /// <exception cref="OverflowException">The sum does not fit 64 bits.</exception>
    /// <exception cref="ArgumentException">The currencies differ.</exception>
    public static MoneyAmount operator +(MoneyAmount left, MoneyAmount right) =>
        new(checked(left.MinorUnits + right.Same(left)), left.Currency);

    /// <summary>Subtracts.</summary>
    /// <exception cref="OverflowException">The difference does not fit 64 bits.</exception>
    /// <exception cref="ArgumentException">The currencies differ.</exception>
    public static MoneyAmount operator -(MoneyAmount left, MoneyAmount right) =>
        new(checked(left.MinorUnits - right.Same(left)), left.Currency);

    /// <summary>Multiplies by a number of units.</summary>
    /// <exception cref="OverflowException">The product does not fit 64 bits.</exception>
    public static MoneyAmount operator *(MoneyAmount amount, long units) => new(checked(amount.MinorUnits * units), amount.Currency);

    /// <summary>Less.</summary>
    public static bool operator <(MoneyAmount left, MoneyAmount right) => left.CompareTo(right) < 0;

    /// <summary>More.</summary>
    public static bool operator >(MoneyAmount left, MoneyAmount right) => left.CompareTo(right) > 0;

    /// <summary>Less or equal.</summary>
    public static bool operator <=(MoneyAmount left, MoneyAmount right) => left.CompareTo(right) <= 0;

    /// <summary>More or equal.</summary>
    public static bool operator >=(MoneyAmount left, MoneyAmount right) => left.CompareTo(right) >= 0;

    /// <summary>Compares amounts of one currency.</summary>
    /// <exception cref="ArgumentException">The currencies differ.</exception>
    public int CompareTo(MoneyAmount other) => MinorUnits.CompareTo(other.Same(this));

    /// <summary>"12.99 EUR", "1299 JPY".</summary>
    public override string ToString()
    {
        var digits = Values.Currency.IsKnown(Currency) ? Values.Currency.MinorDigits(Currency) : 0;
        var value = MinorUnits / (decimal)Math.Pow(10, digits);
        return string.Create(CultureInfo.InvariantCulture, $"{value.ToString("F" + digits, CultureInfo.InvariantCulture)} {Currency}");
    }

    private long Same(MoneyAmount other) => string.Equals(Currency, other.Currency, StringComparison.Ordinal)
        ? MinorUnits : throw new ArgumentException($"{Currency} and {other.Currency} do not mix.");
}

/// <summary>Judges money in requests.</summary>
public static class MoneyRules
{
    /// <summary>The largest amount taken from a request: 1,000,000,000,000 minor units.</summary>
    public const long Most = 1_000_000_000_000;

    /// <summary>Adds violations unless the message is money from <paramref name="least"/> to <see cref="Most"/> minor units of a
    /// known currency.</summary>
    public static bool CheckMoney(this Violations violations, Money? money, string field, long least = 0)
    {
        ArgumentNullException.ThrowIfNull(violations);
        if (!violations.Check(money is not null, field, "is needed")) return false;
        var amount = violations.Check(money!.MinorUnits >= least && money.MinorUnits <= Most, field + ".minorUnits",
            string.Create(CultureInfo.InvariantCulture, $"must be {least} to {Most}"));
        return violations.Check(Currency.IsKnown(money.Currency), field + ".currency", "must be an ISO 4217 code, like EUR") && amount;
    }
}
