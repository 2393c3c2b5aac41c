using System.Text.Json.Serialization;
using NexusCart.Catalog.Domain.Prices;
using NexusCart.Catalog.Domain.Structure;

namespace NexusCart.Catalog.Domain;

/// <summary>What the catalogue keeps besides products. Immutable; a change is a new one with the next version.</summary>
/// <param name="Version">1 for the first, one more with each change.</param>
/// <param name="UpdatedAt">When it last changed.</param>
[JsonPolymorphic]
[JsonDerivedType(typeof(CategoryTree), "categories")]
[JsonDerivedType(typeof(AttributeDefinition), "attribute")]
[JsonDerivedType(typeof(Brand), "brand")]
[JsonDerivedType(typeof(PriceList), "priceList")]
[JsonDerivedType(typeof(ListPrice), "price")]
[JsonDerivedType(typeof(SlugClaim), "slug")]
public abstract record CatalogEntry(long Version, DateTimeOffset UpdatedAt)
{
    /// <summary>Whether everything but version and time is the same.</summary>
    public abstract bool SameContentAs(CatalogEntry other);

    /// <summary>The rule that taking the place of <paramref name="current"/> breaks, or null when it may.</summary>
    public virtual ProductFault? CheckChange(CatalogEntry current) => null;
}

/// <summary>A slug and the product it belongs to.</summary>
/// <param name="Slug">The slug.</param>
/// <param name="Owner">The product's SKU.</param>
/// <param name="Version">1 for the first, one more with each change.</param>
/// <param name="UpdatedAt">When it was claimed.</param>
public sealed record SlugClaim(string Slug, string Owner, long Version, DateTimeOffset UpdatedAt) : CatalogEntry(Version, UpdatedAt)
{
    /// <inheritdoc/>
    public override bool SameContentAs(CatalogEntry other) => other is SlugClaim claim && claim.Slug == Slug && claim.Owner == Owner;
}

/// <summary>A brand.</summary>
/// <param name="Slug">Its id.</param>
/// <param name="Name">By which products name it.</param>
/// <param name="Description">For people.</param>
/// <param name="LogoUrl">http or https, or empty.</param>
/// <param name="WebsiteUrl">http or https, or empty.</param>
/// <param name="FormerNames">Names it had before: products that still name it so belong to it, too.</param>
/// <param name="Version">1 for the first, one more with each change.</param>
/// <param name="UpdatedAt">When it last changed.</param>
public sealed record Brand(
    string Slug,
    string Name,
    string Description,
    string LogoUrl,
    string WebsiteUrl,
    IReadOnlyList<string> FormerNames,
    long Version,
    DateTimeOffset UpdatedAt) : CatalogEntry(Version, UpdatedAt)
{
    private const int MaxName = 200;
    private const int MaxDescription = 10_000;

    /// <summary>Whether a product's brand is this one.</summary>
    public bool IsNamed(string name) =>
        string.Equals(Name, name, StringComparison.OrdinalIgnoreCase) || FormerNames.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The first rule the brand breaks, or null when it is fine.</summary>
    public ProductFault? Check()
    {
        if (!Slugs.IsSlug(Slug))
            return new("slug", Slugs.Form);
        if (string.IsNullOrWhiteSpace(Name) || Name.Length > MaxName)
            return new("name", $"must be 1 to {MaxName} characters");
        if (Description.Length > MaxDescription)
            return new("description", $"must be at most {MaxDescription} characters");
        if (LogoUrl.Length > 0 && !MediaRules.IsWebAddress(LogoUrl))
            return new("logoUrl", MediaRules.Address);
        return WebsiteUrl.Length == 0 || MediaRules.IsWebAddress(WebsiteUrl) ? null : new("websiteUrl", MediaRules.Address);
    }

    /// <inheritdoc/>
    public override bool SameContentAs(CatalogEntry other) =>
        other is Brand brand && brand.Slug == Slug && brand.Name == Name && brand.Description == Description
        && brand.LogoUrl == LogoUrl && brand.WebsiteUrl == WebsiteUrl;
}
