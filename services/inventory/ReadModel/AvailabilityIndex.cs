using System.Collections.Concurrent;
using NexusCart.Inventory.Domain;

namespace NexusCart.Inventory.ReadModel;

/// <summary>
/// What of every SKU is for sale, in memory, in every replica: read from the partitions at start, kept up to date by the
/// partitions' events and by the answers of this replica's own commands. Only a higher version replaces.
/// </summary>
public sealed class AvailabilityIndex
{
    private readonly ConcurrentDictionary<string, StockFigures> _bySku = new(StringComparer.Ordinal);

    /// <summary>Whether everything that was stored before the start has been read.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>SKUs known.</summary>
    public int Count => _bySku.Count;

    /// <summary>The figures of a SKU; null when nothing is known of it.</summary>
    public StockFigures? Find(string sku) => _bySku.GetValueOrDefault(sku);

    /// <summary>
    /// Takes figures in, unless newer ones are there. Answers whether versions are missing between: then an event has passed this
    /// replica by, or one told of several changes.
    /// </summary>
    public bool Put(StockFigures figures)
    {
        while (true)
        {
            if (!_bySku.TryGetValue(figures.Sku, out var present))
            {
                if (_bySku.TryAdd(figures.Sku, figures))
                    return figures.Version > 1;
            }
            else if (present.Version >= figures.Version)
            {
                return false;
            }
            else if (_bySku.TryUpdate(figures.Sku, figures, present))
            {
                return figures.Version > present.Version + 1;
            }
        }
    }

    /// <summary>Marks the first reading as done.</summary>
    public void Loaded() => IsLoaded = true;
}
