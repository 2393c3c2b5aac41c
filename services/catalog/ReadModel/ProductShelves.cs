namespace NexusCart.Catalog.ReadModel;

/// <summary>The active products at one moment, in SKU order: all of them, and those of each category and its sub-categories. Immutable.</summary>
public sealed class ProductShelves
{
    private readonly Dictionary<string, V1.Product[]> _byCategory;
    private readonly V1.Product[] _all;
    private readonly string[] _skus;

    private ProductShelves(
        string[] skus, V1.Product[] all, Dictionary<string, V1.Product[]> byCategory, IReadOnlyList<V1.Category> categories, long changes)
    {
        _skus = skus;
        _all = all;
        _byCategory = byCategory;
        Categories = categories;
        Changes = changes;
    }

    /// <summary>No products.</summary>
    public static ProductShelves Empty { get; } = new([], [], [], [], 0);

    /// <summary>Every category that has a product itself or below it, by path.</summary>
    public IReadOnlyList<V1.Category> Categories { get; }

    /// <summary>How many changes of the index this includes.</summary>
    internal long Changes { get; }

    /// <summary>The products of a category path, sub-categories included; all products for an empty path.</summary>
    public IReadOnlyList<V1.Product> Of(string category)
    {
        if (category.Length == 0)
            return _all;
        return _byCategory.TryGetValue(category, out var products) ? products : [];
    }

    /// <summary>The SKUs of all products, active or not, in order, behind <paramref name="after"/>.</summary>
    public IEnumerable<string> SkusBehind(string after)
    {
        var found = Array.BinarySearch(_skus, after, StringComparer.Ordinal);
        return _skus.Skip(found < 0 ? ~found : found + 1);
    }

    /// <summary>How many active products a category and all below it have.</summary>
    public int CountOf(string category) => _byCategory.TryGetValue(category, out var products) ? products.Length : 0;

    internal static ProductShelves LayOut(IEnumerable<V1.Product> products, long changes)
    {
        var everything = products.ToArray();
        Array.Sort(everything, static (left, right) => string.CompareOrdinal(left.Sku, right.Sku));
        var all = Array.FindAll(everything, static product => product.Active);

        var shelves = new Dictionary<string, List<V1.Product>>(StringComparer.Ordinal);
        foreach (var product in all)
        {
            foreach (var path in PathAndAncestors(product.Category))
            {
                if (!shelves.TryGetValue(path, out var shelf))
                    shelves[path] = shelf = [];
                shelf.Add(product);
            }
        }

        var categories = shelves
            .OrderBy(shelf => shelf.Key, StringComparer.Ordinal)
            .Select(shelf => new V1.Category { Path = shelf.Key, ProductCount = shelf.Value.Count })
            .ToArray();
        return new ProductShelves(
            Array.ConvertAll(everything, static product => product.Sku), all, shelves.ToDictionary(shelf => shelf.Key, shelf => shelf.Value.ToArray(), StringComparer.Ordinal), categories, changes);
    }

    private static IEnumerable<string> PathAndAncestors(string path)
    {
        yield return path;
        for (var cut = path.LastIndexOf('/'); cut > 0; cut = path.LastIndexOf('/', cut - 1))
            yield return path[..cut];
    }
}
