using System.ComponentModel.DataAnnotations;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Values;

namespace NexusCart.Orders.Pricing;

/// <summary>Tax rates, from the configuration section <c>Orders:Tax</c>.</summary>
public sealed class TaxOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Orders:Tax";

    /// <summary>Whether the catalog's prices contain the tax; else it comes on top.</summary>
    public bool PricesIncludeTax { get; set; } = true;

    /// <summary>By country (ISO 3166-1 alpha-2) and tax class, in basis points: 1900 is 19 %. The class <c>shipping</c> is the
    /// delivery's.</summary>
    public Dictionary<string, Dictionary<string, int>> Countries { get; } = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (country, rates) in Countries)
        {
            if (!PricingRules.IsCountry(country))
                yield return new ValidationResult($"{Section}:Countries names '{country}'; it must be an ISO 3166-1 code like DE.", [nameof(Countries)]);
            foreach (var (taxClass, rate) in rates)
            {
                if (rate is < 0 or > Tax.MaxRate)
                    yield return new ValidationResult($"{Section}:Countries:{country}:{taxClass} is {rate}; it must be 0 to {Tax.MaxRate} basis points.", [nameof(Countries)]);
            }
        }
    }
}

/// <summary>Shipping zones, from the configuration section <c>Orders:Shipping</c>.</summary>
public sealed class ShippingOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Orders:Shipping";

    /// <summary>The zones; the first that fits counts.</summary>
    public List<ShippingZoneOptions> Zones { get; } = [];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        for (var i = 0; i < Zones.Count; i++)
        {
            var (zone, at) = (Zones[i], $"{Section}:Zones:{i}");
            if (zone.Countries.Count == 0 || zone.Countries.Any(country => country != "*" && !PricingRules.IsCountry(country)))
                yield return Fault($"{at}:Countries must be ISO 3166-1 codes like DE, or *.");
            if (zone.Methods.Count == 0)
                yield return Fault($"{at}:Methods is empty; nothing could be sent there.");
            foreach (var method in zone.Methods)
            {
                if (!Identifiers.IsSku(method.Id) || string.IsNullOrWhiteSpace(method.Name))
                    yield return Fault($"{at}:Methods needs an Id of letters, digits, dots, underscores or hyphens, and a Name, each.");
                if (method.Rates.Count == 0 || method.Rates.Any(rate => rate.Price.Count == 0 || rate.UpToGrams < 0))
                    yield return Fault($"{at}:Methods:{method.Id}:Rates needs a Price each, and no negative UpToGrams.");
                foreach (var (currency, amount) in method.Rates.SelectMany(rate => rate.Price).Concat(method.FreeFrom))
                {
                    if (!Currency.IsKnown(currency) || amount is < 0 or > MoneyRules.Most)
                        yield return Fault($"{at}:Methods:{method.Id} says {amount} {currency}; it must be 0 to {MoneyRules.Most} minor units of an ISO 4217 currency.");
                }
            }
        }

        static ValidationResult Fault(string text) => new(text, [nameof(Zones)]);
    }
}

/// <summary>Countries that goods are sent to in the same ways.</summary>
public sealed class ShippingZoneOptions
{
    /// <summary>ISO 3166-1 alpha-2 codes; <c>*</c> for all.</summary>
    public HashSet<string> Countries { get; } = new(StringComparer.Ordinal);

    /// <summary>The ways.</summary>
    public List<ShippingMethodOptions> Methods { get; } = [];
}

/// <summary>A way to send goods.</summary>
public sealed class ShippingMethodOptions
{
    /// <summary>Its id, as a checkout names it.</summary>
    public string Id { get; set; } = "";

    /// <summary>Its name, for people.</summary>
    public string Name { get; set; } = "";

    /// <summary>Minor units by currency; a cart of at least that is sent for nothing.</summary>
    public Dictionary<string, long> FreeFrom { get; } = new(StringComparer.Ordinal);

    /// <summary>Prices by weight.</summary>
    public List<ShippingRateOptions> Rates { get; } = [];
}

/// <summary>The price of parcels up to a weight.</summary>
public sealed class ShippingRateOptions
{
    /// <summary>Grams; null for any weight.</summary>
    public int? UpToGrams { get; set; }

    /// <summary>Minor units by currency.</summary>
    public Dictionary<string, long> Price { get; } = new(StringComparer.Ordinal);
}

internal static class PricingRules
{
    public static bool IsCountry(string text) => text.Length == 2 && text.All(char.IsAsciiLetterUpper);
}
