namespace NexusCart.Catalog.Domain;

/// <summary>A product as the catalogue keeps it. Immutable; a change is a new one with the next version.</summary>
/// <param name="Sku">[A-Za-z0-9._-]{1,64}</param>
/// <param name="Title">1 to 500 characters.</param>
/// <param name="Description">Up to 10,000 characters.</param>
/// <param name="Brand">Up to 200 characters.</param>
/// <param name="Category">Slash-separated path, root first, as it was when the product was written.</param>
/// <param name="PriceMinorUnits">Base price of one unit in minor units of <paramref name="Currency"/>.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Attributes">By name.</param>
/// <param name="ImageUrls">In the order they are shown: the images among the media.</param>
/// <param name="Eans">GTINs.</param>
/// <param name="Active">Whether it is for sale.</param>
/// <param name="Version">1 for the first, one more with each change.</param>
/// <param name="UpdatedAt">When it last changed.</param>
/// <param name="TaxClass">[a-z0-9-]{1,32}; null for the standard class.</param>
/// <param name="WeightGrams">Weight of one unit, in grams; 0 where it does not matter.</param>
/// <param name="Archived">Whether it is out of the catalogue for good; only where it is not active.</param>
/// <param name="Slug">The readable part of its address; null before it has one.</param>
/// <param name="FormerSlugs">The slugs it had before, the last one first.</param>
/// <param name="Options">What its variants differ in; null where it has none.</param>
/// <param name="Variants">Null where it is its own only variant.</param>
/// <param name="Media">Null where there is nothing but images without a text, which <paramref name="ImageUrls"/> says already.</param>
/// <param name="Related">Others to show with it, in order.</param>
/// <param name="CategoryId">The category, which keeps its id when it moves; null for a product from before there were ids.</param>
/// <param name="VariantOf">
/// Set where this is no product, but the note that a SKU is taken by a variant of another; it keeps two products from using one SKU.
/// </param>
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
    int WeightGrams = 0,
    bool Archived = false,
    string? Slug = null,
    IReadOnlyList<string>? FormerSlugs = null,
    IReadOnlyList<ProductOption>? Options = null,
    IReadOnlyList<Variant>? Variants = null,
    IReadOnlyList<ProductMedia>? Media = null,
    IReadOnlyList<RelatedProduct>? Related = null,
    string? CategoryId = null,
    string? VariantOf = null)
{
    /// <summary>The note that <paramref name="sku"/> belongs to a variant of <paramref name="owner"/>.</summary>
    public static Product TakenBy(string sku, string owner) => new(
        sku, "", "", "", "", 0, "", new Dictionary<string, ProductAttribute>(), [], [], Active: false, 0, default, VariantOf: owner);

    /// <summary>Whether it is sold by its variants.</summary>
    public bool HasVariants => Variants is { Count: > 0 };

    /// <summary>Whether a slug leads here, now or from before.</summary>
    public bool AnswersTo(string slug) => Slug == slug || (FormerSlugs?.Contains(slug, StringComparer.Ordinal) ?? false);

    /// <summary>Whether everything but version, time and former slugs is the same.</summary>
    public bool SameContentAs(Product other) =>
        Sku == other.Sku
        && Title == other.Title
        && Description == other.Description
        && Brand == other.Brand
        && CategoryId == other.CategoryId
        && (CategoryId is not null || Category == other.Category) // A category that moved is still the same.
        && PriceMinorUnits == other.PriceMinorUnits
        && Currency == other.Currency
        && Active == other.Active
        && Archived == other.Archived
        && TaxClass == other.TaxClass
        && WeightGrams == other.WeightGrams
        && Slug == other.Slug
        && VariantOf == other.VariantOf
        && ImageUrls.SequenceEqual(other.ImageUrls)
        && Eans.SequenceEqual(other.Eans)
        && Same.Lists(Media, other.Media)
        && Same.Lists(Related, other.Related)
        && Same.Lists(Options, other.Options)
        && Same.Lists(Variants, other.Variants)
        && Same.Maps(Attributes, other.Attributes);
}

/// <summary>The value of an attribute: exactly one of the four is set.</summary>
public sealed record ProductAttribute(string? Text = null, double? Number = null, bool? Flag = null, IReadOnlyList<string>? List = null)
{
    /// <inheritdoc/>
    public bool Equals(ProductAttribute? other) =>
        other is not null && Text == other.Text && Number == other.Number && Flag == other.Flag
        && List is null == other.List is null && Same.Lists(List, other.List);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Text, Number, Flag, List?.Count);
}

/// <summary>What variants differ in.</summary>
/// <param name="Name">"size"</param>
/// <param name="Values">In the order they are offered.</param>
public sealed record ProductOption(string Name, IReadOnlyList<string> Values)
{
    /// <inheritdoc/>
    public bool Equals(ProductOption? other) => other is not null && Name == other.Name && Values.SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Values.Count);
}

/// <summary>One of the things a product is sold as.</summary>
/// <param name="Sku">Its own SKU, unique among all products and variants.</param>
/// <param name="Options">Its value of each option.</param>
/// <param name="PriceMinorUnits">In the product's currency; null for the product's price.</param>
/// <param name="WeightGrams">0 for the product's weight.</param>
/// <param name="Media">Null for the product's media.</param>
/// <param name="Eans">GTINs; null where there are none.</param>
/// <param name="Active">Whether it is for sale while the product is.</param>
/// <param name="Archived">Whether it is gone for good; only where it is not active.</param>
public sealed record Variant(
    string Sku,
    IReadOnlyDictionary<string, string> Options,
    long? PriceMinorUnits,
    int WeightGrams,
    IReadOnlyList<ProductMedia>? Media,
    IReadOnlyList<string>? Eans,
    bool Active,
    bool Archived = false)
{
    /// <inheritdoc/>
    public bool Equals(Variant? other) =>
        other is not null && Sku == other.Sku && PriceMinorUnits == other.PriceMinorUnits && WeightGrams == other.WeightGrams
        && Active == other.Active && Archived == other.Archived
        && Same.Maps(Options, other.Options) && Same.Lists(Media, other.Media) && Same.Lists(Eans, other.Eans);

    /// <inheritdoc/>
    public override int GetHashCode() => Sku.GetHashCode(StringComparison.Ordinal);
}

/// <summary>What kind of thing a medium is.</summary>
public enum MediaKind
{
    /// <summary>A picture.</summary>
    Image,

    /// <summary>A film.</summary>
    Video,

    /// <summary>A manual, a data sheet.</summary>
    Document,
}

/// <summary>A medium.</summary>
/// <param name="Url">http or https.</param>
/// <param name="Alt">What there is to see, for those who cannot.</param>
/// <param name="Kind">What it is.</param>
public sealed record ProductMedia(string Url, string Alt, MediaKind Kind);

/// <summary>Why a product is shown with another.</summary>
public enum RelationKind
{
    /// <summary>Could be bought instead.</summary>
    Similar,

    /// <summary>Goes with it.</summary>
    Accessory,

    /// <summary>The better and dearer one.</summary>
    Upgrade,

    /// <summary>A spare part of it.</summary>
    SparePart,
}

/// <summary>A product to show with another.</summary>
public sealed record RelatedProduct(string Sku, RelationKind Kind);

/// <summary>Equality by content; nothing and an empty list are the same.</summary>
internal static class Same
{
    public static bool Lists<T>(IReadOnlyList<T>? left, IReadOnlyList<T>? right) => (left ?? []).SequenceEqual(right ?? []);

    public static bool Maps<T>(IReadOnlyDictionary<string, T> left, IReadOnlyDictionary<string, T> right) =>
        left.Count == right.Count
        && left.All(entry => right.TryGetValue(entry.Key, out var value) && EqualityComparer<T>.Default.Equals(entry.Value, value));
}
