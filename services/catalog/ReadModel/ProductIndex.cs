using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using NexusCart.Catalog.Api;

namespace NexusCart.Catalog.ReadModel;

/// <summary>
/// All products in memory: by SKU and slug at once, and in lists by category that are laid out again when somebody asks after a change.
/// Reads never wait for writes. Whatever arrives twice or late changes nothing, since only a higher version replaces.
/// </summary>
public sealed class ProductIndex(StructureIndex structure)
{
    private readonly ConcurrentDictionary<string, Entry> _bySku = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Entry> _byVariant = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _bySlug = new(StringComparer.Ordinal);
    private readonly Lock _layout = new();
    private readonly Lock _naming = new();
    private long _changes;
    private ProductShelves _shelves = ProductShelves.Empty;

    /// <summary>Without categories, brands and prices of staff's making.</summary>
    public ProductIndex()
        : this(new StructureIndex())
    {
    }

    /// <summary>Whether everything that was stored before the start has been read.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Products known, active or not.</summary>
    public int Count => _bySku.Count;

    /// <summary>Takes a product in, unless a newer version is there.</summary>
    public void Put(Domain.Product product)
    {
        if (product.VariantOf is not null)
            return; // A note of the shard's own; the product lists the variant.

        var seen = structure.Current;
        var fresh = new Entry(product, ProductMapping.ToPublic(product, seen));
        lock (_naming)
        {
            var former = _bySku.GetValueOrDefault(product.Sku);
            if (former is not null && former.Version >= fresh.Version)
                return;
            _bySku[product.Sku] = fresh;
            Name(fresh, former);
        }

        Interlocked.Increment(ref _changes);
        // The structure may have changed while the product was on its way in, behind the back of whoever shows all anew.
        if (!ReferenceEquals(seen, structure.Current))
            Show(product.Sku);
    }

    /// <summary>Shows all products in the categories and brands that there are now.</summary>
    public void ShowAll()
    {
        foreach (var sku in _bySku.Keys)
            Show(sku);
    }

    /// <summary>The version known of a product; 0 when it is not.</summary>
    public long VersionOf(string sku) => _bySku.TryGetValue(sku, out var entry) ? entry.Version : 0;

    /// <summary>Marks the first reading as done.</summary>
    public void Loaded() => IsLoaded = true;

    /// <summary>A product as it is stored.</summary>
    public Domain.Product? Find(string sku) => _bySku.GetValueOrDefault(sku)?.Source;

    /// <summary>The product that a SKU is sold by: itself, or the one whose variant it is.</summary>
    public Domain.Product? FindOwner(string sku) => Find(sku) ?? _byVariant.GetValueOrDefault(sku)?.Source;

    /// <summary>A product or a variant by SKU, active or not. Shared: must not be changed.</summary>
    public bool TryGet(string sku, [NotNullWhen(true)] out V1.Product? product)
    {
        product = _bySku.TryGetValue(sku, out var entry) ? entry.View : null;
        if (product is null && _byVariant.TryGetValue(sku, out var owner)
            && owner.Source.Variants!.FirstOrDefault(candidate => candidate.Sku == sku) is { } variant)
        {
            product = ProductMapping.ToPublic(owner.View, owner.Source, variant);
        }

        return product is not null;
    }

    /// <summary>A product by its slug or a former one, active or not. Shared: must not be changed.</summary>
    public bool TryGetBySlug(string slug, [NotNullWhen(true)] out V1.Product? product)
    {
        product = null;
        return _bySlug.TryGetValue(slug, out var sku) && TryGet(sku, out product);
    }

    /// <summary>All products as they are stored, in SKU order, behind <paramref name="after"/>.</summary>
    public IEnumerable<Domain.Product> InOrder(string after) => Shelves().SkusBehind(after).Select(Find).OfType<Domain.Product>();

    /// <summary>The active products in order, by category; never older than what was put before the call.</summary>
    public ProductShelves Shelves()
    {
        var changes = Interlocked.Read(ref _changes);
        var shelves = Volatile.Read(ref _shelves);
        if (shelves.Changes >= changes)
            return shelves;

        lock (_layout)
        {
            changes = Interlocked.Read(ref _changes);
            if (_shelves.Changes < changes)
                Volatile.Write(ref _shelves, ProductShelves.LayOut(_bySku.Values.Select(entry => entry.View), changes));
            return _shelves;
        }
    }

    private void Show(string sku)
    {
        while (_bySku.TryGetValue(sku, out var entry))
        {
            var seen = structure.Current;
            if (!Exchange(entry, new Entry(entry.Source, ProductMapping.ToPublic(entry.Source, seen))))
                continue;
            Interlocked.Increment(ref _changes);
            if (ReferenceEquals(seen, structure.Current))
                return;
        }
    }

    private bool Exchange(Entry entry, Entry fresh)
    {
        lock (_naming)
        {
            if (!_bySku.TryUpdate(entry.Source.Sku, fresh, entry))
                return false;
            Name(fresh, entry);
            return true;
        }
    }

    /// <summary>Has the names of a product lead to it: variants' SKUs and slugs. A name that another product took meanwhile is left alone.</summary>
    private void Name(Entry fresh, Entry? former)
    {
        var product = fresh.Source;
        foreach (var variant in product.Variants ?? [])
            _byVariant[variant.Sku] = fresh;
        foreach (var gone in (former?.Source.Variants ?? []).Where(old => product.Variants?.Any(variant => variant.Sku == old.Sku) != true))
        {
            if (_byVariant.TryGetValue(gone.Sku, out var owner) && owner.Source.Sku == product.Sku)
                _byVariant.TryRemove(gone.Sku, out _);
        }

        foreach (var slug in product.FormerSlugs ?? [])
            _bySlug.TryAdd(slug, product.Sku);
        if (product.Slug is not null)
            _bySlug[product.Slug] = product.Sku;
        foreach (var gone in NamesOf(former?.Source).Where(slug => !product.AnswersTo(slug)))
            _bySlug.TryRemove(KeyValuePair.Create(gone, product.Sku));
    }

    private static IEnumerable<string> NamesOf(Domain.Product? product) =>
        product?.Slug is { } slug ? (product.FormerSlugs ?? []).Append(slug) : product?.FormerSlugs ?? [];

    private sealed record Entry(Domain.Product Source, V1.Product View)
    {
        public long Version => Source.Version;
    }
}
