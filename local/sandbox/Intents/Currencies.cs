namespace NexusCart.Sandbox.Intents;

/// <summary>The provider's rules about currencies and the smallest amount it charges.</summary>
public static class Currencies
{
    /// <summary>The largest amount one payment may ask, in minor units.</summary>
    public const long MaximumAmount = 99_999_999;

    private static readonly HashSet<string> ZeroDecimal = new(StringComparer.Ordinal)
    {
        "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf",
    };

    // Smallest charge per settlement currency, in minor units.
    private static readonly Dictionary<string, long> Minimum = new(StringComparer.Ordinal)
    {
        ["usd"] = 50, ["aed"] = 200, ["aud"] = 50, ["bgn"] = 100, ["brl"] = 50, ["cad"] = 50, ["chf"] = 50, ["czk"] = 1_500, ["dkk"] = 250,
        ["eur"] = 50, ["gbp"] = 30, ["hkd"] = 400, ["huf"] = 17_500, ["inr"] = 50, ["jpy"] = 50, ["mxn"] = 1_000, ["myr"] = 200,
        ["nok"] = 300, ["nzd"] = 50, ["pln"] = 200, ["ron"] = 200, ["sek"] = 300, ["sgd"] = 50, ["thb"] = 1_000,
    };

    /// <summary>True for three lower-case letters.</summary>
    public static bool IsWellFormed(string currency) => currency.Length == 3 && currency.All(char.IsAsciiLetterLower);

    /// <summary>True when the currency has no minor unit: its amounts count whole units.</summary>
    public static bool IsZeroDecimal(string currency) => ZeroDecimal.Contains(currency);

    /// <summary>The smallest amount that can be charged, in minor units.</summary>
    public static long MinimumAmount(string currency) => Minimum.GetValueOrDefault(currency, 1);

    /// <summary>An amount as the provider prints it in messages: <c>12.34 usd</c>, <c>1234 jpy</c>.</summary>
    public static string Display(long amount, string currency) =>
        IsZeroDecimal(currency) ? $"{amount} {currency}" : $"{amount / 100}.{amount % 100:00} {currency}";
}
