using NexusCart.Inventory.Actors;
using NexusCart.Inventory.Domain;
using NexusCart.Platform.Caching;

namespace NexusCart.Inventory.Api;

/// <summary>
/// Units for sale, read from the partitions themselves and kept for a moment. So every replica is right to within that
/// moment, without a copy that could drift; what this replica changes is forgotten at once.
/// </summary>
public sealed class AvailabilityReader(StockPartitions partitions, InventoryOptions options, TimeProvider time)
{
    private const int MostKept = 100_000;
    private readonly GenerationalCache<string, Seen> _seen = new(MostKept);

    /// <summary>The levels of SKUs, in the order asked; null where the SKU is unknown.</summary>
    public async Task<IReadOnlyList<StockLevel?>> ReadAsync(IReadOnlyList<string> skus, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var found = new Dictionary<string, StockLevel?>(StringComparer.Ordinal);
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        foreach (var sku in skus)
        {
            if (_seen.TryGet(sku, out var seen) && seen.Until > now)
                found[sku] = seen.Level;
            else
                wanted.Add(sku);
        }

        await Task.WhenAll(wanted.GroupBy(partitions.Of).Select(async group =>
        {
            var asked = group.ToList();
            var reply = await partitions.SendAsync(group.Key, new ReadLevels(asked)).WaitAsync(cancellationToken);
            lock (found)
            {
                for (var i = 0; i < asked.Count; i++)
                    found[asked[i]] = reply.Levels![i];
            }

            for (var i = 0; i < asked.Count; i++)
                _seen.Set(asked[i], new Seen(reply.Levels![i], now + options.AvailabilityAge));
        }));
        return [.. skus.Select(sku => found[sku])];
    }

    /// <summary>Forgets SKUs that this replica has just changed.</summary>
    public void Forget(IEnumerable<Units> lines)
    {
        foreach (var line in lines)
            _seen.Remove(line.Sku);
    }

    private readonly record struct Seen(StockLevel? Level, DateTimeOffset Until);
}
