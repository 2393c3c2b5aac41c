using System.Collections.Frozen;
using NexusCart.Platform.Values;

namespace NexusCart.Payments.Providers.Stripe;

/// <summary>
/// Money as Stripe counts it: lower-case currency, and minor units that are ISO 4217's with these exceptions: Icelandic
/// króna and Ugandan shilling have two digits there though the currency has none, Malagasy ariary has none, and the last of
/// three digits must be zero.
/// </summary>
public static class StripeMoney
{
    private static readonly FrozenSet<string> TwoDigitsThere = FrozenSet.ToFrozenSet(["ISK", "UGX"], StringComparer.Ordinal);

    /// <summary>The currency's code at Stripe: <c>eur</c>.</summary>
    public static string Currency(string currency)
    {
        ArgumentNullException.ThrowIfNull(currency);
        return currency.ToLowerInvariant();
    }

    /// <summary>Our minor units as Stripe's; false when Stripe cannot count this amount.</summary>
    /// <exception cref="OverflowException">The amount does not fit.</exception>
    public static bool TryToStripe(long minorUnits, string currency, out long amount)
    {
        amount = minorUnits;
        if (TwoDigitsThere.Contains(currency))
            amount = checked(minorUnits * 100);
        else if (currency == "MGA")
            amount = Math.DivRem(minorUnits, 100, out var rest) is var whole && rest == 0 ? whole : -1;
        else if (Platform.Values.Currency.IsKnown(currency) && Platform.Values.Currency.MinorDigits(currency) == 3 && minorUnits % 10 != 0)
            amount = -1;
        return amount >= 0;
    }

    /// <summary>Stripe's minor units as ours.</summary>
    /// <exception cref="OverflowException">The amount does not fit.</exception>
    public static long FromStripe(long amount, string currency) => currency switch
    {
        _ when TwoDigitsThere.Contains(currency) => amount / 100,
        "MGA" => checked(amount * 100),
        _ => amount,
    };
}
