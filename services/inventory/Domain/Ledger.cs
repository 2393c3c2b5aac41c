namespace NexusCart.Inventory.Domain;

/// <summary>What a ledger adds up to at one warehouse.</summary>
/// <param name="Warehouse">Where; empty for units that no warehouse has yet.</param>
/// <param name="OnHand">Units on hand.</param>
/// <param name="Reserved">Units reserved.</param>
/// <param name="Backordered">Units that orders wait for; only where no warehouse is named.</param>
public sealed record LedgerBalance(string Warehouse, long OnHand, long Reserved, long Backordered);

/// <summary>Movements of a SKU that are stored together.</summary>
/// <param name="Opening">What everything before adds up to.</param>
/// <param name="Movements">In order of their numbers.</param>
public sealed record LedgerChunk(IReadOnlyList<LedgerBalance> Opening, IReadOnlyList<Movement> Movements)
{
    /// <summary>What everything up to the end of the chunk adds up to.</summary>
    public IReadOnlyList<LedgerBalance> Closing()
    {
        var sums = Opening.ToDictionary(balance => balance.Warehouse, StringComparer.Ordinal);
        foreach (var movement in Movements)
        {
            Add(new LedgerBalance(movement.Warehouse, movement.Delta, movement.Held, 0));
            if (movement.Promised != 0)
                Add(new LedgerBalance("", 0, 0, movement.Promised));
        }

        return [.. sums.Values.OrderBy(balance => balance.Warehouse, StringComparer.Ordinal)];

        void Add(LedgerBalance change)
        {
            var sum = sums.GetValueOrDefault(change.Warehouse) ?? new LedgerBalance(change.Warehouse, 0, 0, 0);
            sums[change.Warehouse] = sum with
            {
                OnHand = sum.OnHand + change.OnHand,
                Reserved = sum.Reserved + change.Reserved,
                Backordered = sum.Backordered + change.Backordered,
            };
        }
    }
}

/// <summary>What the end of a ledger says, for the auditor.</summary>
/// <param name="Balances">What it adds up to.</param>
/// <param name="Unbroken">Whether its numbers have no gap, and every chunk begins where the one before ends.</param>
public sealed record LedgerSummary(IReadOnlyList<LedgerBalance> Balances, bool Unbroken)
{
    /// <summary>Sums up consecutive chunks.</summary>
    /// <param name="chunks">The last chunks of a ledger, the oldest first; at least one.</param>
    /// <param name="count">How many movements the ledger has had.</param>
    public static LedgerSummary Of(IReadOnlyList<LedgerChunk> chunks, long count)
    {
        var movements = chunks.SelectMany(chunk => chunk.Movements).ToList();
        var first = movements[0].Number;
        var unbroken = movements[^1].Number == count - 1 && movements.Select((movement, at) => movement.Number - at).All(number => number == first);
        for (var i = 1; i < chunks.Count; i++)
            unbroken &= chunks[i].Opening.SequenceEqual(chunks[i - 1].Closing());
        return new LedgerSummary(chunks[^1].Closing(), unbroken);
    }
}
