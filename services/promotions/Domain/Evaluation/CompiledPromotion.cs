using System.Collections.Frozen;

namespace NexusCart.Promotions.Domain.Evaluation;

/// <summary>A selection made ready to be asked often.</summary>
public sealed class CompiledSelection
{
    private readonly FrozenSet<string> _skus;
    private readonly FrozenSet<string> _brands;
    private readonly FrozenSet<string> _except;
    private readonly string[] _categories;

    /// <param name="selection">The selection.</param>
    public CompiledSelection(Selection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        _skus = selection.Skus.ToFrozenSet(StringComparer.Ordinal);
        _brands = selection.Brands.ToFrozenSet(StringComparer.Ordinal);
        _except = selection.ExceptSkus.ToFrozenSet(StringComparer.Ordinal);
        _categories = [.. selection.Categories];
        IsEverything = _skus.Count + _brands.Count + _except.Count + _categories.Length == 0;
        var lists = (_skus.Count > 0 ? 1 : 0) + (_brands.Count > 0 ? 1 : 0) + (_categories.Length > 0 ? 1 : 0);
        NeedsCheck = lists > 1 || _except.Count > 0;
    }

    /// <summary>Whether every line is meant.</summary>
    public bool IsEverything { get; }

    /// <summary>Whether a line that one of its lists has may still not be meant.</summary>
    public bool NeedsCheck { get; }

    /// <summary>Whether a line is meant.</summary>
    public bool Matches(BasketLine line) =>
        (_skus.Count == 0 || _skus.Contains(line.Sku))
        && (_brands.Count == 0 || _brands.Contains(line.Brand))
        && (_categories.Length == 0 || Array.Exists(_categories, category => IsBelow(line.Category, category)))
        && !_except.Contains(line.Sku);

    /// <summary>The lines that are meant.</summary>
    public LineSet Match(IReadOnlyList<BasketLine> lines)
    {
        var set = default(LineSet);
        for (var i = 0; i < lines.Count; i++)
        {
            if (Matches(lines[i]))
                set.Add(i);
        }

        return set;
    }

    private static bool IsBelow(string path, string category) =>
        path.StartsWith(category, StringComparison.Ordinal) && (path.Length == category.Length || path[category.Length] == '/');
}

/// <summary>A promotion made ready to be evaluated often.</summary>
public sealed class CompiledPromotion
{
    /// <param name="promotion">The promotion.</param>
    /// <param name="campaign">Its campaign; null for none, or when it is not known yet.</param>
    public CompiledPromotion(Promotion promotion, Campaign? campaign)
    {
        ArgumentNullException.ThrowIfNull(promotion);
        Promotion = promotion;
        Budget = campaign?.Budget?.MinorUnits;
        BudgetCurrency = campaign?.Budget?.Currency;
        IsPayable = promotion.CampaignId is null || campaign is not null;
        Selection = new CompiledSelection(promotion.Selection);
        Given = promotion.Reward is BuyGetReward { Given: { } given } ? new CompiledSelection(given) : null;
        Groups = promotion.Conditions.CustomerGroups.ToFrozenSet(StringComparer.Ordinal);
        Channels = promotion.Conditions.Channels.ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>The promotion.</summary>
    public Promotion Promotion { get; }

    /// <summary>Its place among all: the lower goes first.</summary>
    public int Rank { get; internal set; }

    /// <summary>What its campaign may give away, in minor units; null for no limit.</summary>
    public long? Budget { get; }

    /// <summary>The budget's currency; null where there is none.</summary>
    public string? BudgetCurrency { get; }

    /// <summary>Whether the campaign that pays for it is known.</summary>
    public bool IsPayable { get; }

    /// <summary>The lines it is about.</summary>
    public CompiledSelection Selection { get; }

    /// <summary>The lines units are given of; null for <see cref="Selection"/>.</summary>
    public CompiledSelection? Given { get; }

    /// <summary>The customer groups it is for; empty for everybody.</summary>
    public FrozenSet<string> Groups { get; }

    /// <summary>The channels it is for; empty for any.</summary>
    public FrozenSet<string> Channels { get; }

    /// <summary>Whether a ledger must be asked before it counts.</summary>
    public bool IsLimited => Promotion.TotalLimit is not null || Promotion.EffectiveCustomerLimit is not null || Budget is not null;
}
