using System.Collections.Frozen;

namespace NexusCart.Platform.Values;

/// <summary>ISO 4217 currencies in circulation.</summary>
public static class Currency
{
    /// <summary>What carts use where nothing is said.</summary>
    public const string Default = "EUR";

    private const string TwoDigits =
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE " +
        "CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW " +
        "KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK " +
        "PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS " +
        "UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";

    private const string NoDigits = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
    private const string ThreeDigits = "BHD IQD JOD KWD LYD OMR TND";

    private static readonly FrozenDictionary<string, int> Digits =
        TwoDigits.Split(' ').Select(code => (code, digits: 2))
            .Concat(NoDigits.Split(' ').Select(code => (code, digits: 0)))
            .Concat(ThreeDigits.Split(' ').Select(code => (code, digits: 3)))
            .ToFrozenDictionary(entry => entry.code, entry => entry.digits, StringComparer.Ordinal);

    /// <summary>Whether a text is a currency code in circulation, upper case: "EUR".</summary>
    public static bool IsKnown(string? code) => code is not null && Digits.ContainsKey(code);

    /// <summary>How many decimal digits the minor unit is: 2 for EUR, 0 for JPY, 3 for KWD.</summary>
    /// <exception cref="ArgumentException">The currency is not known.</exception>
    public static int MinorDigits(string code) =>
        Digits.TryGetValue(code, out var digits) ? digits : throw new ArgumentException($"'{code}' is no ISO 4217 currency.", nameof(code));
}
