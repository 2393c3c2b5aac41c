using NexusCart.Platform.Values;

namespace NexusCart.Catalog.Domain;

/// <summary>A field of a product that breaks a rule.</summary>
/// <param name="Field">As in the JSON form: "price.minorUnits".</param>
/// <param name="Reason">What would be right.</param>
public sealed record ProductFault(string Field, string Reason);

/// <summary>What a product must be to enter the catalogue.</summary>
public static class ProductRules
{
    private const int MaxTitle = 500;
    private const int MaxDescription = 10_000;
    private const int MaxBrand = 200;
    private const int MaxCategory = 200;
    private const int MaxAttributes = 200;
    private const int MaxAttributeName = 100;
    private const int MaxAttributeText = 10_000;
    private const int MaxListItems = 100;
    private const int MaxListItem = 500;
    private const int MaxImages = 50;
    private const int MaxRelated = 50;
    private const int MaxEans = 200;
    private const int MaxTaxClass = 32;
    internal const int MaxWeight = 10_000_000;
    internal const long MaxPrice = 100_000_000_00;

    /// <summary>The first rule the product breaks, or null when it is fine.</summary>
    public static ProductFault? Check(Product product) =>
        CheckTexts(product) ?? CheckPrice(product) ?? CheckGoods(product) ?? CheckAttributes(product) ?? CheckLists(product)
        ?? MediaRules.Check(product.Media, "media") ?? CheckSlug(product) ?? CheckRelated(product) ?? VariantRules.Check(product);

    private static ProductFault? CheckTexts(Product product)
    {
        if (!Identifiers.IsSku(product.Sku))
            return new("sku", $"must be 1 to {Identifiers.MaxLength} letters, digits, dots, underscores or hyphens");
        if (string.IsNullOrWhiteSpace(product.Title) || product.Title.Length > MaxTitle)
            return new("title", $"must be 1 to {MaxTitle} characters");
        if (product.Description.Length > MaxDescription)
            return new("description", $"must be at most {MaxDescription} characters");
        if (product.Brand.Length > MaxBrand)
            return new("brand", $"must be at most {MaxBrand} characters");
        return IsCategory(product.Category)
            ? null
            : new("category", $"must be a path such as \"computers/laptops\", at most {MaxCategory} characters, no empty part");
    }

    /// <summary>Whether a text is a category's path.</summary>
    public static bool IsCategory(string category) =>
        category.Length is >= 1 and <= MaxCategory && !category.Split('/').Any(string.IsNullOrWhiteSpace);

    private static ProductFault? CheckPrice(Product product)
    {
        if (!Currency.IsKnown(product.Currency))
            return new("price.currency", "must be an ISO 4217 code such as \"EUR\"");
        return product.PriceMinorUnits is >= 0 and <= MaxPrice
            ? null
            : new("price.minorUnits", $"must be 0 to {MaxPrice}");
    }

    private static ProductFault? CheckGoods(Product product)
    {
        if (product.TaxClass is { } taxClass && !(taxClass.Length is >= 1 and <= MaxTaxClass && taxClass.All(IsTaxClassCharacter)))
            return new("taxClass", $"must be 1 to {MaxTaxClass} of a-z, 0-9 and hyphens, or empty");
        return product.WeightGrams is >= 0 and <= MaxWeight ? null : new("weightGrams", $"must be 0 to {MaxWeight}");

        static bool IsTaxClassCharacter(char character) => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '-';
    }

    private static ProductFault? CheckAttributes(Product product)
    {
        if (product.Attributes.Count > MaxAttributes)
            return new("attributes", $"must be at most {MaxAttributes}");
        foreach (var (name, value) in product.Attributes)
        {
            if (name.Length is 0 or > MaxAttributeName)
                return new("attributes", $"names must be 1 to {MaxAttributeName} characters");
            if (value.Text is { Length: > MaxAttributeText })
                return new($"attributes.{name}", $"must be at most {MaxAttributeText} characters");
            if (value.Number is { } number && !double.IsFinite(number))
                return new($"attributes.{name}", "must be a finite number");
            if (value.List is { } list && (list.Count > MaxListItems || list.Any(item => item.Length is 0 or > MaxListItem)))
                return new($"attributes.{name}", $"must be at most {MaxListItems} texts of 1 to {MaxListItem} characters");
            if (value is { Text: null, Number: null, Flag: null, List: null })
                return new($"attributes.{name}", "must have a text, number, flag or list");
        }

        return null;
    }

    private static ProductFault? CheckLists(Product product)
    {
        if (product.ImageUrls.Count > MaxImages)
            return new("imageUrls", $"must be at most {MaxImages}");
        for (var i = 0; i < product.ImageUrls.Count; i++)
        {
            if (!MediaRules.IsWebAddress(product.ImageUrls[i]))
                return new($"imageUrls[{i}]", MediaRules.Address);
        }

        return CheckEans(product.Eans, "eans", MaxEans);
    }

    internal static ProductFault? CheckEans(IReadOnlyList<string> eans, string field, int most)
    {
        if (eans.Count > most)
            return new(field, $"must be at most {most}");
        for (var i = 0; i < eans.Count; i++)
        {
            if (eans[i].Length is < 8 or > 14 || !eans[i].All(char.IsAsciiDigit))
                return new($"{field}[{i}]", "must be 8 to 14 digits");
        }

        return null;
    }

    private static ProductFault? CheckSlug(Product product) =>
        product.Slug is null || Slugs.IsSlug(product.Slug) ? null : new("slug", Slugs.Form);

    private static ProductFault? CheckRelated(Product product)
    {
        if (product.Related is not { } related)
            return null;
        if (related.Count > MaxRelated)
            return new("related", $"must be at most {MaxRelated}");
        var seen = new HashSet<string>(StringComparer.Ordinal) { product.Sku };
        for (var i = 0; i < related.Count; i++)
        {
            if (!Identifiers.IsSku(related[i].Sku) || !seen.Add(related[i].Sku))
                return new($"related[{i}].sku", "must be the SKU of another product, named once");
        }

        return null;
    }
}
