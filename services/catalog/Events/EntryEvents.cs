using NexusCart.Catalog.Domain;
using NexusCart.Catalog.Domain.Prices;
using NexusCart.Catalog.Domain.Structure;
using NexusCart.Platform.Actors;

namespace NexusCart.Catalog.Events;

/// <summary>
/// <c>product.category_changed.v1</c>: a category was created, changed, moved or taken away. Where its path is another, so are the paths
/// of all below it, without an event of their own.
/// </summary>
/// <param name="CategoryId">The category; its id never changes.</param>
/// <param name="Version">The version of the whole tree from now on; the event with the higher one is right.</param>
/// <param name="Path">Slugs from the root, separated by slashes.</param>
/// <param name="FormerPath">The path it had until now, where it is another.</param>
/// <param name="Name">For people.</param>
/// <param name="Deleted">Whether it was taken away.</param>
/// <param name="At">When it changed.</param>
public sealed record CategoryChanged(
    string CategoryId, long Version, string Path, string? FormerPath, string Name, bool Deleted, DateTimeOffset At)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "product.category_changed.v1";
}

/// <summary><c>product.brand_changed.v1</c>: a brand was created or changed.</summary>
/// <param name="Slug">The brand.</param>
/// <param name="Version">Its version from now on; grows by one with each change.</param>
/// <param name="Name">Its name.</param>
/// <param name="FormerName">The name it had until now, where it is another.</param>
/// <param name="At">When it changed.</param>
public sealed record BrandChanged(string Slug, long Version, string Name, string? FormerName, DateTimeOffset At)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "product.brand_changed.v1";
}

/// <summary><c>product.attribute_changed.v1</c>: the definition of an attribute was made, changed or taken away.</summary>
/// <param name="Name">The attribute.</param>
/// <param name="Version">The definition's version from now on; grows by one with each change.</param>
/// <param name="Deleted">Whether it was taken away.</param>
/// <param name="At">When it changed.</param>
public sealed record AttributeChanged(string Name, long Version, bool Deleted, DateTimeOffset At)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "product.attribute_changed.v1";
}

/// <summary><c>product.price_list_changed.v1</c>: a price list was made or changed: when, for whom or before which others it counts.</summary>
/// <param name="PriceListId">The list.</param>
/// <param name="Version">Its version from now on; grows by one with each change.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="CustomerGroup">Whom it is for; empty for everybody.</param>
/// <param name="ValidFrom">From when; always where it is missing.</param>
/// <param name="ValidTo">Until when; for ever where it is missing.</param>
/// <param name="Active">Whether it counts.</param>
/// <param name="At">When it changed.</param>
public sealed record PriceListChanged(
    string PriceListId,
    long Version,
    string Currency,
    string CustomerGroup,
    DateTimeOffset? ValidFrom,
    DateTimeOffset? ValidTo,
    bool Active,
    DateTimeOffset At)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "product.price_list_changed.v1";
}

/// <summary><c>product.price_changed.v1</c>: what a price list says of a SKU has changed.</summary>
/// <param name="PriceListId">The list.</param>
/// <param name="Sku">A product or a variant.</param>
/// <param name="ProductSku">The product: the same, or the one whose variant it is.</param>
/// <param name="Version">Its version from now on; grows by one with each change.</param>
/// <param name="At">When it changed.</param>
public sealed record PriceChanged(string PriceListId, string Sku, string ProductSku, long Version, DateTimeOffset At)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "product.price_changed.v1";
}

/// <summary>What changes of entries are told as, on the topic of the products.</summary>
internal static class EntryEvents
{
    /// <summary>The events of a change, to be published once it is stored.</summary>
    public static IReadOnlyList<PendingEvent> Of(CatalogEntry entry, CatalogEntry? former) => entry switch
    {
        CategoryTree tree => OfTree(tree, former as CategoryTree ?? CategoryTree.Empty),
        Brand brand => [OfBrand(brand, former as Brand)],
        AttributeDefinition attribute => [OfAttribute(attribute)],
        PriceList list => [OfList(list)],
        ListPrice price => [OfPrice(price)],
        _ => [],
    };

    private static List<PendingEvent> OfTree(CategoryTree tree, CategoryTree former)
    {
        var (now, before) = (new CategoryMap(tree), new CategoryMap(former));
        var events = new List<PendingEvent>();
        foreach (var category in tree.Categories)
        {
            var old = before.Find(category.Id);
            if (old == category)
                continue;
            var (path, formerPath) = (now.PathOf(category.Id)!, before.PathOf(category.Id));
            events.Add(Told(new CategoryChanged(
                category.Id, tree.Version, path, formerPath == path ? null : formerPath, category.Name, Deleted: false, tree.UpdatedAt)));
        }

        foreach (var gone in former.Categories.Where(category => now.Find(category.Id) is null))
            events.Add(Told(new CategoryChanged(gone.Id, tree.Version, before.PathOf(gone.Id)!, null, gone.Name, Deleted: true, tree.UpdatedAt)));
        return events;

        static PendingEvent Told(CategoryChanged changed) => PendingEvent.Create(
            $"category/{changed.CategoryId}:{changed.Version}", CategoryChanged.Type, ProductChanged.Topic, $"category/{changed.CategoryId}",
            changed, ProductEventsJson.Default.CategoryChanged);
    }

    private static PendingEvent OfBrand(Brand brand, Brand? former) => PendingEvent.Create(
        $"brand/{brand.Slug}:{brand.Version}", BrandChanged.Type, ProductChanged.Topic, $"brand/{brand.Slug}",
        new BrandChanged(brand.Slug, brand.Version, brand.Name, former is null || former.Name == brand.Name ? null : former.Name, brand.UpdatedAt),
        ProductEventsJson.Default.BrandChanged);

    private static PendingEvent OfAttribute(AttributeDefinition attribute) => PendingEvent.Create(
        $"attribute/{attribute.Name}:{attribute.Version}", AttributeChanged.Type, ProductChanged.Topic, $"attribute/{attribute.Name}",
        new AttributeChanged(attribute.Name, attribute.Version, attribute.Deleted, attribute.UpdatedAt),
        ProductEventsJson.Default.AttributeChanged);

    private static PendingEvent OfList(PriceList list) => PendingEvent.Create(
        $"list/{list.Id}:{list.Version}", PriceListChanged.Type, ProductChanged.Topic, $"list/{list.Id}",
        new PriceListChanged(
            list.Id, list.Version, list.Currency, list.CustomerGroup, list.ValidFrom, list.ValidTo, list.Active, list.UpdatedAt),
        ProductEventsJson.Default.PriceListChanged);

    private static PendingEvent OfPrice(ListPrice price) => PendingEvent.Create(
        $"price/{price.ListId}/{price.Sku}:{price.Version}", PriceChanged.Type, ProductChanged.Topic, $"price/{price.ListId}/{price.Sku}",
        new PriceChanged(price.ListId, price.Sku, price.ProductSku, price.Version, price.UpdatedAt), ProductEventsJson.Default.PriceChanged);
}
