using Dapr.Actors.Runtime;
using NexusCart.Inventory.Domain;

namespace NexusCart.Inventory.Actors;

/// <summary>
/// The backorders of a partition, per SKU in the order they were made, in chunks (<c>b:{sku}:{n}</c>). Where a queue begins and ends
/// stands in the SKU's level, so a SKU that nobody waits for costs no look-up.
/// </summary>
internal sealed class BackorderBook(IActorStateManager state)
{
    /// <summary>Numbers in a chunk; at most 8 KB unless many warehouses filled them.</summary>
    public const int ChunkSize = 64;

    private readonly Dictionary<(string Sku, long Chunk), SortedDictionary<long, Backorder>> _chunks = [];

    /// <summary>Reads, for this turn, the chunk that holds a number.</summary>
    public async Task LoadAsync(string sku, long number, CancellationToken cancellationToken)
    {
        var chunk = number / ChunkSize;
        if (_chunks.ContainsKey((sku, chunk)))
            return;
        var stored = await state.TryGetStateAsync<List<Backorder>>(Key(sku, chunk), cancellationToken);
        _chunks[(sku, chunk)] = new(stored.HasValue ? stored.Value.ToDictionary(waiting => waiting.Number) : []);
    }

    /// <summary>Reads the head of a SKU's queue: at least <paramref name="most"/> backorders, if there are as many.</summary>
    public async Task<IReadOnlyList<Backorder>> LoadHeadAsync(StockLevel level, int most, CancellationToken cancellationToken)
    {
        var head = new List<Backorder>();
        for (var chunk = level.QueueFirst / ChunkSize; chunk * ChunkSize < level.QueueNext && head.Count < most; chunk++)
        {
            await LoadAsync(level.Sku, chunk * ChunkSize, cancellationToken);
            head.AddRange(_chunks[(level.Sku, chunk)].Values);
        }

        return head;
    }

    /// <summary>One that was read in this turn.</summary>
    public Backorder? Find(string sku, long number) =>
        _chunks.TryGetValue((sku, number / ChunkSize), out var chunk) ? chunk.GetValueOrDefault(number) : null;

    /// <summary>Up to where the queue of a SKU was read without a gap.</summary>
    public long KnownTo(StockLevel? level)
    {
        if (level is null)
            return 0;
        var known = level.QueueFirst;
        for (var chunk = known / ChunkSize; _chunks.ContainsKey((level.Sku, chunk)); chunk++)
            known = (chunk + 1) * ChunkSize;
        return Math.Min(known, level.QueueNext);
    }

    /// <summary>Puts what changed into the state manager; a chunk in which nobody waits is removed.</summary>
    public async Task WriteAsync(IReadOnlyDictionary<(string Sku, long Number), Backorder?> changes, CancellationToken cancellationToken)
    {
        foreach (var group in changes.GroupBy(change => (change.Key.Sku, Chunk: change.Key.Number / ChunkSize)))
        {
            await LoadAsync(group.Key.Sku, group.Key.Chunk * ChunkSize, cancellationToken);
            var chunk = _chunks[group.Key];
            foreach (var ((_, number), waiting) in group)
            {
                if (waiting is null)
                    chunk.Remove(number);
                else
                    chunk[number] = waiting;
            }

            await state.SetStateAsync<List<Backorder>>(Key(group.Key.Sku, group.Key.Chunk), [.. chunk.Values], cancellationToken);
            if (chunk.Count == 0)
                await state.RemoveStateAsync(Key(group.Key.Sku, group.Key.Chunk), cancellationToken);
        }
    }

    /// <summary>After the turn: nothing needs to stay in memory.</summary>
    public async Task EndTurnAsync()
    {
        foreach (var (sku, chunk) in _chunks.Keys)
            await state.UnloadStateAsync(Key(sku, chunk));
        Forget();
    }

    /// <summary>After a failed turn.</summary>
    public void Forget() => _chunks.Clear();

    private static string Key(string sku, long chunk) => string.Create(null, $"b:{sku}:{chunk}");
}
