using System.Collections.Frozen;
using System.Globalization;

namespace NexusCart.Payments.Providers.PayPal;

/// <summary>
/// Money as PayPal writes it: upper-case currency and a decimal string, with two decimals in all its currencies but Hungarian
/// forint, Japanese yen and New Taiwan dollar, which have none there whatever ISO 4217 says.
/// </summary>
public static class PayPalMoney
{
    private static readonly FrozenSet<string> TwoDecimals = FrozenSet.ToFrozenSet(
        [
            "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "ILS", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "SEK",
            "SGD", "THB", "USD",
        ],
        StringComparer.Ordinal);

    private static readonly FrozenSet<string> NoDecimals = FrozenSet.ToFrozenSet(["HUF", "JPY", "TWD"], StringComparer.Ordinal);

    /// <summary>Our minor units as PayPal's decimal string; false for currencies it does not pay in and amounts it cannot write.</summary>
    public static bool TryToPayPal(long minorUnits, string currency, out string value)
    {
        value = "";
        if (minorUnits < 0)
            return false;
        if (TwoDecimals.Contains(currency))
        {
            value = string.Create(CultureInfo.InvariantCulture, $"{minorUnits / 100}.{minorUnits % 100:00}");
            return true;
        }

        if (!NoDecimals.Contains(currency))
            return false;
        var unit = Unit(currency);
        value = (minorUnits / unit).ToString(CultureInfo.InvariantCulture);
        return minorUnits % unit == 0;
    }

    /// <summary>PayPal's decimal string as our minor units.</summary>
    /// <exception cref="FormatException">It is no amount of the currency.</exception>
    public static long FromPayPal(string value, string currency)
    {
        if (!decimal.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || !(TwoDecimals.Contains(currency) || NoDecimals.Contains(currency)))
        {
            throw new FormatException($"'{value}' is no amount of {currency}.");
        }

        var units = number * (TwoDecimals.Contains(currency) ? 100 : Unit(currency));
        return units == decimal.Truncate(units) && units <= long.MaxValue ? (long)units : throw new FormatException($"'{value}' is no amount of {currency}.");
    }

    // How many of our minor units the smallest amount is there: forint and Taiwan dollar have cents here.
    private static long Unit(string currency) => Platform.Values.Currency.MinorDigits(currency) == 2 ? 100 : 1;
}
