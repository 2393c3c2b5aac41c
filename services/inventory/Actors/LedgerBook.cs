using Dapr.Actors.Runtime;
using NexusCart.Inventory.Domain;
using NexusCart.Platform.Actors;

namespace NexusCart.Inventory.Actors;

/// <summary>
/// The ledgers of a partition, per SKU in chunks (<c>m:{sku}:{n}</c>): a turn rewrites the last chunk of the SKUs it moved. Of each
/// ledger the last <paramref name="chunksKept"/> chunks are kept; the first kept one opens with the sum of what is gone. The ends of the
/// <paramref name="cached"/> ledgers that were written last stay in memory, so what sells well costs no look-up.
/// </summary>
internal sealed class LedgerBook(IActorStateManager state, int chunksKept, int cached)
{
    /// <summary>Movements in a chunk; about 6 KB.</summary>
    public const int ChunkSize = 32;

    /// <summary>Chunks that <see cref="SummariseAsync"/> reads at most.</summary>
    private const int ChunksSummed = 4;

    private readonly HashSet<string> _loaded = new(StringComparer.Ordinal);
    private readonly RecentlyUsed _ends = new(cached);

    /// <summary>Puts new movements into the state manager.</summary>
    public async Task WriteAsync(IReadOnlyDictionary<string, List<Movement>> movements, CancellationToken cancellationToken)
    {
        foreach (var (sku, added) in movements)
        {
            foreach (var group in added.GroupBy(movement => movement.Number / ChunkSize))
                await AppendAsync(sku, group.Key, [.. group], cancellationToken);
        }
    }

    /// <summary>Movements of a SKU before a number, the newest first; fewer than asked for only at the end of what is kept.</summary>
    public async Task<IReadOnlyList<Movement>> ReadBackAsync(string sku, long before, int limit, CancellationToken cancellationToken)
    {
        var found = new List<Movement>(limit);
        for (var chunk = (before - 1) / ChunkSize; chunk >= 0 && before > 0 && found.Count < limit; chunk--)
        {
            if (await ReadAsync(sku, chunk, cancellationToken) is not { } stored)
                break;
            found.AddRange(stored.Movements.Where(movement => movement.Number < before).Reverse().Take(limit - found.Count));
        }

        return found;
    }

    /// <summary>What the ledger of a SKU adds up to; null when it has none yet.</summary>
    public async Task<LedgerSummary?> SummariseAsync(StockLevel level, CancellationToken cancellationToken)
    {
        if (level.Movements == 0)
            return null;
        var chunks = new List<LedgerChunk>();
        for (var chunk = (level.Movements - 1) / ChunkSize; chunk >= 0 && chunks.Count < ChunksSummed; chunk--)
        {
            if (await ReadAsync(level.Sku, chunk, cancellationToken) is not { } stored)
                break;
            chunks.Insert(0, stored);
        }

        return chunks.Count == 0 ? new LedgerSummary([], Unbroken: false) : LedgerSummary.Of(chunks, level.Movements);
    }

    /// <summary>After the turn: only ends that were written lately stay in memory.</summary>
    public async Task EndTurnAsync()
    {
        foreach (var key in _loaded)
            await state.UnloadStateAsync(key);
        while (_ends.TryEvict(out var key))
            await state.UnloadStateAsync(key);
        _loaded.Clear();
    }

    /// <summary>After a failed turn.</summary>
    public void Forget()
    {
        _loaded.Clear();
        _ends.Clear();
    }

    private async Task AppendAsync(string sku, long chunk, List<Movement> added, CancellationToken cancellationToken)
    {
        LedgerChunk? present;
        if (added[0].Number % ChunkSize != 0)
        {
            present = await ReadAsync(sku, chunk, cancellationToken)
                ?? throw new InvalidOperationException($"Ledger chunk {chunk} of {sku} is missing.");
        }
        else
        {
            var last = chunk == 0 ? null : await ReadAsync(sku, chunk - 1, cancellationToken);
            present = new LedgerChunk(last?.Closing() ?? [], []);
            await ForgetAsync(sku, chunk - chunksKept, cancellationToken);
        }

        await state.SetStateAsync(Key(sku, chunk), present with { Movements = [.. present.Movements, .. added] }, cancellationToken);
        _loaded.Remove(Key(sku, chunk));
        _ends.Touch(Key(sku, chunk));
        if (chunk == 0)
            return;
        _ends.Remove(Key(sku, chunk - 1));
        _loaded.Add(Key(sku, chunk - 1));
    }

    private async Task ForgetAsync(string sku, long chunk, CancellationToken cancellationToken)
    {
        // Removing asks the store first, and does nothing where there is no such key.
        if (chunk >= 0)
            await state.TryRemoveStateAsync(Key(sku, chunk), cancellationToken);
    }

    private async Task<LedgerChunk?> ReadAsync(string sku, long chunk, CancellationToken cancellationToken)
    {
        var stored = await state.TryGetStateAsync<LedgerChunk>(Key(sku, chunk), cancellationToken);
        if (!_ends.Contains(Key(sku, chunk)))
            _loaded.Add(Key(sku, chunk));
        return stored.HasValue ? stored.Value : null;
    }

    private static string Key(string sku, long chunk) => string.Create(null, $"m:{sku}:{chunk}");
}
