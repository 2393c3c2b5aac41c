namespace NexusCart.Catalog.Domain;

/// <summary>A product as the catalogue keeps it. Immutable; a change is a new one with the next version.</summary>
/// <param name="Sku">[A-Za-z0-9._-]{1,64}</param>
/// <param name="Title">1 to 500 characters.</param>
/// <param name="Description">Up to 10,000 characters.</param>
/// <param name="Brand">Up to 200 characters.</param>
/// <param name="Category">Slash-separated path, root first.</param>
/// <param name="PriceMinorUnits">Price of one unit in minor units of <paramref name="Currency"/>.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Attributes">By name.</param>
/// <param name="ImageUrls">In the order they are shown.</param>
/// <param name="Eans">GTINs.</param>
/// <param name="Active">Whether it is for sale.</param>
/// <param name="Version">1 for the first, one more with each change.</param>
/// <param name="UpdatedAt">When it last changed.</param>
/// <param name="TaxClass">[a-z0-9-]{1,32}; null for the standard class.</param>
/// <param name="WeightGrams">Weight of one unit, in grams; 0 where it does not matter.</param>
public sealed record Product(
    string Sku,
    string Title,
    string Description,
    string Brand,
    string Category,
    long PriceMinorUnits,
    string Currency,
    IReadOnlyDictionary<string, ProductAttribute> Attributes,
    IReadOnlyList<string> ImageUrls,
    IReadOnlyList<string> Eans,
    bool Active,
    long Version,
    DateTimeOffset UpdatedAt,
    string? TaxClass = null,
    int WeightGrams = 0)
{
    /// <summary>Whether everything but version and time is the same.</summary>
    public bool SameContentAs(Product other) =>
        Sku == other.Sku
        && Title == other.Title
        && Description == other.Description
        && Brand == other.Brand
        && Category == other.Category
        && PriceMinorUnits == other.PriceMinorUnits
        && Currency == other.Currency
        && Active == other.Active
        && TaxClass == other.TaxClass
        && WeightGrams == other.WeightGrams
        && ImageUrls.SequenceEqual(other.ImageUrls)
        && Eans.SequenceEqual(other.Eans)
        && Attributes.Count == other.Attributes.Count
        && Attributes.All(attribute => other.Attributes.TryGetValue(attribute.Key, out var value) && value == attribute.Value);
}

/// <summary>The value of an attribute: exactly one of the three is set.</summary>
public sealed record ProductAttribute(string? Text = null, double? Number = null, bool? Flag = null);
