using NexusCart.Platform.Values;

namespace NexusCart.Catalog.Domain;

/// <summary>A field of a product that breaks a rule.</summary>
/// <param name="Field">As in the JSON form: "price.minorUnits".</param>
/// <param name="Reason">What would be right.</param>
public readonly record struct ProductFault(string Field, string Reason);

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
    private const int MaxImages = 50;
    private const int MaxUrl = 2_000;
    private const int MaxEans = 200;
    private const int MaxTaxClass = 32;
    private const int MaxWeight = 10_000_000;
    private const long MaxPrice = 100_000_000_00;

    /// <summary>The first rule the product breaks, or null when it is fine.</summary>
    public static ProductFault? Check(Product product) =>
        CheckTexts(product) ?? CheckPrice(product) ?? CheckGoods(product) ?? CheckAttributes(product) ?? CheckLists(product);

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

    private static bool IsCategory(string category) =>
        category.Length is >= 1 and <= MaxCategory && !category.Split('/').Any(string.IsNullOrWhiteSpace);

    private static ProductFault? CheckPrice(Product product)
    {
        if (product.Currency.Length != 3 || !product.Currency.All(char.IsAsciiLetterUpper))
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
            if (value is { Text: null, Number: null, Flag: null })
                return new($"attributes.{name}", "must have a text, number or flag");
        }

        return null;
    }

    private static ProductFault? CheckLists(Product product)
    {
        if (product.ImageUrls.Count > MaxImages)
            return new("imageUrls", $"must be at most {MaxImages}");
        for (var i = 0; i < product.ImageUrls.Count; i++)
        {
            if (product.ImageUrls[i].Length > MaxUrl || !IsWebAddress(product.ImageUrls[i]))
                return new($"imageUrls[{i}]", $"must be an http or https address of at most {MaxUrl} characters");
        }

        if (product.Eans.Count > MaxEans)
            return new("eans", $"must be at most {MaxEans}");
        for (var i = 0; i < product.Eans.Count; i++)
        {
            if (product.Eans[i].Length is < 8 or > 14 || !product.Eans[i].All(char.IsAsciiDigit))
                return new($"eans[{i}]", "must be 8 to 14 digits");
        }

        return null;
    }

    private static bool IsWebAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https");
}
