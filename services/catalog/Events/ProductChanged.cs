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
/// <param name="PriceMinorUnits">The price of one unit, in minor units.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Active">Whether it is for sale.</param>
/// <param name="At">When it changed.</param>
public sealed record ProductChanged(
    string Sku,
    long Version,
    string Title,
    string Brand,
    string Category,
    long PriceMinorUnits,
    string Currency,
    bool Active,
    DateTimeOffset At)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "product.changed.v1";

    /// <summary>Topic of everything that happens to products.</summary>
    public const string Topic = "products";

    /// <summary>The event of this version, to be published once the version is stored.</summary>
    public static PendingEvent Pending(Product product) => PendingEvent.Create(
        $"{product.Sku}:{product.Version}", Type, Topic, product.Sku, Of(product), ProductEventsJson.Default.ProductChanged);

    private static ProductChanged Of(Product product) => new(
        product.Sku,
        product.Version,
        product.Title,
        product.Brand,
        product.Category,
        product.PriceMinorUnits,
        product.Currency,
        product.Active,
        product.UpdatedAt);
}

/// <summary>How events of products are written.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProductChanged))]
public sealed partial class ProductEventsJson : JsonSerializerContext;
