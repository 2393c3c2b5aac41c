using System.Globalization;

namespace NexusCart.Sandbox.PayPal.Orders;

/// <summary>An amount as PayPal shows it: a decimal string and an upper-case currency; counted here in minor units.</summary>
/// <param name="MinorUnits">Whole minor units: 1299 EUR is 12.99 euro.</param>
/// <param name="Currency">ISO 4217, upper case.</param>
public sealed record PayPalMoney(long MinorUnits, string Currency)
{
    private static readonly HashSet<string> TwoDecimals = new(StringComparer.Ordinal)
    {
        "AUD", "BRL", "CAD", "CNY", "CZK", "DKK", "EUR", "HKD", "ILS", "MYR", "MXN", "NZD", "NOK", "PHP", "PLN", "GBP", "SGD", "SEK", "CHF", "THB", "USD",
    };

    // PayPal takes no decimals in these, whatever ISO 4217 says of them.
    private static readonly HashSet<string> NoDecimals = new(StringComparer.Ordinal) { "HUF", "JPY", "TWD" };

    /// <summary>The amount as a decimal string: <c>12.99</c>, <c>1299</c> for currencies without decimals.</summary>
    public string Value => NoDecimals.Contains(Currency)
        ? MinorUnits.ToString(CultureInfo.InvariantCulture)
        : (MinorUnits / 100m).ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>True for currencies that PayPal pays in.</summary>
    public static bool IsSupported(string currency) => TwoDecimals.Contains(currency) || NoDecimals.Contains(currency);

    /// <summary>Reads a decimal string; zero is allowed, a sign is not.</summary>
    /// <param name="value">Such as <c>12.99</c>.</param>
    /// <param name="currency">A supported currency.</param>
    /// <param name="money">The amount.</param>
    /// <returns>Null, or the issue: <c>INVALID_PARAMETER_SYNTAX</c>, <c>DECIMALS_NOT_SUPPORTED</c>, <c>DECIMAL_PRECISION</c>, <c>INVALID_CURRENCY_CODE</c>.</returns>
    public static string? TryParse(string value, string currency, out PayPalMoney money)
    {
        money = new(0, currency);
        if (!IsSupported(currency))
            return "INVALID_CURRENCY_CODE";
        if (value.Length > 32 || !decimal.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number > 9_999_999_999m)
            return "INVALID_PARAMETER_SYNTAX";
        var scaled = NoDecimals.Contains(currency) ? number : number * 100;
        if (scaled != decimal.Truncate(scaled))
            return NoDecimals.Contains(currency) ? "DECIMALS_NOT_SUPPORTED" : "DECIMAL_PRECISION";
        money = new((long)scaled, currency);
        return null;
    }
}
