namespace NexusCart.Promotions.Domain.Evaluation;

/// <summary>How often a promotion was used.</summary>
/// <param name="Total">By anybody.</param>
/// <param name="ByCustomer">By the customer in question.</param>
public readonly record struct UseCount(long Total, int ByCustomer);

/// <summary>What the ledgers said when they were asked. What was not asked is taken for unused.</summary>
public sealed class Usage
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly HashSet<string> _usedCodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UseCount> _promotions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _spent = new(StringComparer.Ordinal);

    /// <summary>Whether a ledger was asked about a promotion.</summary>
    public bool Knows(string promotionId) => _known.Contains(promotionId);

    /// <summary>How often a promotion was used.</summary>
    public UseCount Of(string promotionId) => _promotions.GetValueOrDefault(promotionId);

    /// <summary>Whether a generated code was used.</summary>
    public bool IsUsed(string compactCode) => _usedCodes.Contains(compactCode);

    /// <summary>What a ledger's promotions have given away of the budget's currency, in minor units.</summary>
    public long SpentOf(string ledgerId) => _spent.GetValueOrDefault(ledgerId);

    /// <summary>Takes in what a ledger said of a promotion.</summary>
    public void Note(string promotionId, UseCount count)
    {
        _known.Add(promotionId);
        _promotions[promotionId] = count;
    }

    /// <summary>Takes in that a code was used.</summary>
    public void NoteUsed(string compactCode) => _usedCodes.Add(compactCode);

    /// <summary>Takes in what a ledger said of its budget.</summary>
    public void NoteSpent(string ledgerId, long minorUnits) => _spent[ledgerId] = minorUnits;
}
