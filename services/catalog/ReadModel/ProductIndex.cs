using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using NexusCart.Catalog.Api;

namespace NexusCart.Catalog.ReadModel;

/// <summary>
/// All products in memory: by SKU at once, and in lists by category that are laid out again when somebody asks after a change.
/// Reads never wait for writes. Whatever arrives twice or late changes nothing, since only a higher version replaces.
/// </summary>
public sealed class ProductIndex
{
    private readonly ConcurrentDictionary<string, Entry> _bySku = new(StringComparer.Ordinal);
    private readonly Lock _layout = new();
    private long _changes;
    private ProductShelves _shelves = ProductShelves.Empty;

    /// <summary>Whether everything that was stored before the start has been read.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Products known, active or not.</summary>
    public int Count => _bySku.Count;

    /// <summary>Takes a product in, unless a newer version is there.</summary>
    public void Put(Domain.Product product)
    {
        var fresh = new Entry(product.Version, ProductMapping.ToContract(product));
        var kept = _bySku.AddOrUpdate(product.Sku, fresh, (_, present) => present.Version >= fresh.Version ? present : fresh);
        if (ReferenceEquals(kept, fresh))
            Interlocked.Increment(ref _changes);
    }

    /// <summary>The version known of a product; 0 when it is not.</summary>
    public long VersionOf(string sku) => _bySku.TryGetValue(sku, out var entry) ? entry.Version : 0;

    /// <summary>Marks the first reading as done.</summary>
    public void Loaded() => IsLoaded = true;

    /// <summary>A product by SKU, active or not. Shared: must not be changed.</summary>
    public bool TryGet(string sku, [NotNullWhen(true)] out V1.Product? product)
    {
        product = _bySku.TryGetValue(sku, out var entry) ? entry.Product : null;
        return product is not null;
    }

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
                Volatile.Write(ref _shelves, ProductShelves.LayOut(_bySku.Values.Select(entry => entry.Product), changes));
            return _shelves;
        }
    }

    private sealed record Entry(long Version, V1.Product Product);
}
