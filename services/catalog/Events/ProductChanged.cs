using System.Text.Json;
using System.Text.Json.Serialization;
using NexusCart.Catalog.Domain;
using NexusCart.Platform.Actors;

namespace NexusCart.Catalog.Events;

/// <summary>
/// <c>product.changed.v1</c>: a product was created or changed. Says what most consumers ask for; attributes and texts are read from the
/// catalogue. The one with the higher version is right, in whatever order they arrive.
/// </summary>
/// <param name="Sku">The product.</param>
/// <param name="Version">Its version from now on; grows by one with each change.</param>
/// <param name="Title">Its title.</param>
/// <param name="Brand">Its brand.</param>
/// <param name="Category">Its category path.</param>
/// <param name="PriceMinorUnits">The base price of one unit, in minor units.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Active">Whether it is for sale.</param>
/// <param name="At">When it changed.</param>
/// <param name="Slug">The readable part of its address.</param>
/// <param name="FormerSlug">The slug it had until now, where it is another.</param>
/// <param name="FormerCategory">The category path it had until now, where it is another.</param>
/// <param name="VariantSkus">The SKUs it is sold under; empty where that is its own.</param>
public sealed record ProductChanged(
    string Sku,
    long Version,
    string Title,
    string Brand,
    string Category,
    long PriceMinorUnits,
    string Currency,
    bool Active,
    DateTimeOffset At,
    string? Slug,
    string? FormerSlug,
    string? FormerCategory,
    IReadOnlyList<string> VariantSkus)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "product.changed.v1";

    /// <summary>Topic of everything that happens to products.</summary>
    public const string Topic = "products";

    /// <summary>The event of this version, to be published once the version is stored.</summary>
    public static PendingEvent Pending(Product product, Product? former) => PendingEvent.Create(
        $"{product.Sku}:{product.Version}", Type, Topic, product.Sku, Of(product, former), ProductEventsJson.Default.ProductChanged);

    private static ProductChanged Of(Product product, Product? former) => new(
        product.Sku,
        product.Version,
        product.Title,
        product.Brand,
        product.Category,
        product.PriceMinorUnits,
        product.Currency,
        product.Active,
        product.UpdatedAt,
        product.Slug,
        former?.Slug is { } slug && slug != product.Slug ? slug : null,
        former is { VariantOf: null } && former.Category != product.Category ? former.Category : null,
        [.. (product.Variants ?? []).Select(variant => variant.Sku)]);
}

/// <summary>How events of the catalogue are written.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ProductChanged))]
[JsonSerializable(typeof(CategoryChanged))]
[JsonSerializable(typeof(BrandChanged))]
[JsonSerializable(typeof(AttributeChanged))]
[JsonSerializable(typeof(PriceListChanged))]
[JsonSerializable(typeof(PriceChanged))]
public sealed partial class ProductEventsJson : JsonSerializerContext;
