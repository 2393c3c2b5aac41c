using System.Collections.Immutable;
using NexusCart.Catalog.Domain;
using NexusCart.Catalog.Domain.Prices;
using NexusCart.Catalog.Domain.Structure;

namespace NexusCart.Catalog.ReadModel;

/// <summary>Categories, brands and attribute definitions at one moment. Immutable.</summary>
/// <param name="categories">The tree.</param>
/// <param name="brands">By slug.</param>
/// <param name="attributes">By name, those taken away included: their versions count.</param>
public sealed class CatalogStructure(
    CategoryMap categories, ImmutableDictionary<string, Brand> brands, ImmutableDictionary<string, AttributeDefinition> attributes)
{
    private readonly Lazy<Dictionary<string, Brand>> _brandsByName = new(() => ByName(brands));
    private readonly Lazy<Dictionary<string, AttributeDefinition>> _definitions =
        new(() => attributes.Where(entry => !entry.Value.Deleted).ToDictionary(StringComparer.Ordinal));

    /// <summary>Nothing.</summary>
    public static CatalogStructure Empty { get; } = new(
        CategoryMap.Empty,
        ImmutableDictionary.Create<string, Brand>(StringComparer.Ordinal),
        ImmutableDictionary.Create<string, AttributeDefinition>(StringComparer.Ordinal));

    /// <summary>The tree of categories.</summary>
    public CategoryMap Categories => categories;

    /// <summary>By slug.</summary>
    public ImmutableDictionary<string, Brand> Brands => brands;

    /// <summary>By name, those taken away included.</summary>
    public ImmutableDictionary<string, AttributeDefinition> Attributes => attributes;

    /// <summary>The definitions that count, by name.</summary>
    public IReadOnlyDictionary<string, AttributeDefinition> Definitions => _definitions.Value;

    /// <summary>The path a product's category has now.</summary>
    public string PathOf(Product product) =>
        (product.CategoryId is { } id ? Categories.PathOf(id) : Categories.Resolve(product.Category) is { } found ? Categories.PathOf(found) : null)
        ?? product.Category;

    /// <summary>The brand a product names, where staff made one.</summary>
    public Brand? BrandOf(string name) => _brandsByName.Value.GetValueOrDefault(name);

    private static Dictionary<string, Brand> ByName(ImmutableDictionary<string, Brand> brands)
    {
        var byName = new Dictionary<string, Brand>(StringComparer.OrdinalIgnoreCase);
        // A name in use goes before the same one given up; of two brands, the first by slug.
        foreach (var brand in brands.Values.OrderBy(brand => brand.Slug, StringComparer.Ordinal))
            byName.TryAdd(brand.Name, brand);
        foreach (var brand in brands.Values.OrderBy(brand => brand.Slug, StringComparer.Ordinal))
        {
            foreach (var former in brand.FormerNames)
                byName.TryAdd(former, brand);
        }

        return byName;
    }
}

/// <summary>
/// What the catalogue keeps besides products, in memory: structure and prices. Reads never wait for writes; only a higher version replaces.
/// </summary>
public sealed class StructureIndex
{
    private readonly Lock _changing = new();
    private volatile CatalogStructure _current = CatalogStructure.Empty;

    /// <summary>The structure now.</summary>
    public CatalogStructure Current => _current;

    /// <summary>The prices of lists.</summary>
    public PriceBook Prices { get; } = new();

    /// <summary>Takes an entry in, unless a newer version is there.</summary>
    /// <returns>Whether products look different now: their categories or brands changed.</returns>
    public bool Put(CatalogEntry entry)
    {
        switch (entry)
        {
            case PriceList list:
                Prices.Put(list);
                return false;
            case ListPrice price:
                Prices.Put(price);
                return false;
        }

        lock (_changing)
        {
            switch (entry)
            {
                case CategoryTree tree when tree.Version > _current.Categories.Version:
                    var moved = HasMoved(_current.Categories, tree);
                    _current = new(new CategoryMap(tree), _current.Brands, _current.Attributes);
                    return moved;
                case Brand brand when brand.Version > (_current.Brands.GetValueOrDefault(brand.Slug)?.Version ?? 0):
                    _current = new(_current.Categories, _current.Brands.SetItem(brand.Slug, brand), _current.Attributes);
                    return true;
                case AttributeDefinition attribute when attribute.Version > (_current.Attributes.GetValueOrDefault(attribute.Name)?.Version ?? 0):
                    _current = new(_current.Categories, _current.Brands, _current.Attributes.SetItem(attribute.Name, attribute));
                    return false;
                default:
                    return false;
            }
        }
    }

    /// <summary>The version known of an entry; 0 when it is not, or is of a kind that is not kept here.</summary>
    public long VersionOf(CatalogEntry entry) => entry switch
    {
        CategoryTree => _current.Categories.Version,
        Brand brand => _current.Brands.GetValueOrDefault(brand.Slug)?.Version ?? 0,
        AttributeDefinition attribute => _current.Attributes.GetValueOrDefault(attribute.Name)?.Version ?? 0,
        _ => 0,
    };

    /// <summary>New categories alone make no product look different.</summary>
    private static bool HasMoved(CategoryMap before, CategoryTree tree)
    {
        var after = new CategoryMap(tree);
        return before.Categories.Any(category => after.PathOf(category.Id) != before.PathOf(category.Id));
    }
}
