using Dapr.Actors.Runtime;
using NexusCart.Inventory.Domain;

namespace NexusCart.Inventory.Actors;

/// <summary>
/// Which goods receipts were counted, for ever, per SKU in chunks (<c>q:{sku}:{n}</c>). How many there are stands in the
/// SKU's level, so a SKU without receipts costs no look-up.
/// </summary>
internal sealed class ReceiptBook(IActorStateManager state)
{
    /// <summary>Receipts in a chunk; at most 8 KB.</summary>
    public const int ChunkSize = 64;

    private readonly HashSet<(string Sku, string ReceiptId)> _counted = [];
    private readonly HashSet<string> _loaded = new(StringComparer.Ordinal);

    /// <summary>Reads, for this turn, whether a receipt was counted for a SKU.</summary>
    public async Task LookUpAsync(StockLevel? level, string receiptId, CancellationToken cancellationToken)
    {
        if (level is null)
            return;
        for (var chunk = (level.Receipts - 1) / ChunkSize; chunk >= 0 && level.Receipts > 0; chunk--)
        {
            if (!(await ReadAsync(level.Sku, chunk, cancellationToken)).Contains(receiptId))
                continue;
            _counted.Add((level.Sku, receiptId));
            return;
        }
    }

    /// <summary>Whether the receipt was counted; it must have been looked up in this turn.</summary>
    public bool Contains(string sku, string receiptId) => _counted.Contains((sku, receiptId));

    /// <summary>Notes receipts counted in this turn in the state manager.</summary>
    /// <param name="receipts">SKU and receipt, in the order counted.</param>
    /// <param name="before">Receipts of a SKU before the turn.</param>
    /// <param name="cancellationToken">The turn's deadline.</param>
    public async Task WriteAsync(
        IReadOnlyList<(string Sku, string ReceiptId)> receipts, Func<string, int> before, CancellationToken cancellationToken)
    {
        foreach (var group in receipts.GroupBy(receipt => receipt.Sku, receipt => receipt.ReceiptId, StringComparer.Ordinal))
        {
            var count = before(group.Key);
            var rest = group.ToList();
            while (rest.Count > 0)
            {
                var chunk = count / ChunkSize;
                var present = count % ChunkSize == 0 ? [] : await ReadAsync(group.Key, chunk, cancellationToken);
                var added = rest.Take(ChunkSize - present.Count).ToList();
                await state.SetStateAsync<List<string>>(Key(group.Key, chunk), [.. present, .. added], cancellationToken);
                _loaded.Add(Key(group.Key, chunk));
                rest = rest[added.Count..];
                count += added.Count;
            }
        }
    }

    /// <summary>After the turn: nothing needs to stay in memory.</summary>
    public async Task EndTurnAsync()
    {
        foreach (var key in _loaded)
            await state.UnloadStateAsync(key);
        Forget();
    }

    /// <summary>After a failed turn.</summary>
    public void Forget()
    {
        _loaded.Clear();
        _counted.Clear();
    }

    private async Task<List<string>> ReadAsync(string sku, int chunk, CancellationToken cancellationToken)
    {
        var stored = await state.TryGetStateAsync<List<string>>(Key(sku, chunk), cancellationToken);
        _loaded.Add(Key(sku, chunk));
        return stored.HasValue ? stored.Value : throw new InvalidOperationException($"Receipts {chunk} of {sku} are missing.");
    }

    private static string Key(string sku, int chunk) => string.Create(null, $"q:{sku}:{chunk}");
}
