namespace NexusCart.Promotions.Domain.Evaluation;

/// <summary>A promotion that a code opens.</summary>
/// <param name="Promotion">The promotion.</param>
/// <param name="SingleUseCode">The code without hyphens when it is a generated one; else null.</param>
/// <param name="IsRevoked">Whether the code is good no longer.</param>
public readonly record struct OpenedPromotion(CompiledPromotion Promotion, string? SingleUseCode, bool IsRevoked);

/// <summary>
/// All promotions at one moment, laid out so that a basket finds those that concern it: automatic ones by the SKU, the brand or the
/// category of a line, whichever list of theirs is the narrowest, the others by code. Immutable; made anew when something changes.
/// </summary>
public sealed class CompiledPromotions
{
    private readonly CouponCodes? _codes;
    private readonly CompiledPromotion[] _all;
    private readonly int[] _anywhere;
    private readonly Dictionary<string, int[]> _bySku;
    private readonly Dictionary<string, int[]> _byBrand;
    private readonly Dictionary<string, int[]> _byCategory;
    private readonly Dictionary<string, int[]> _byCode;
    private readonly Dictionary<string, CouponBatch[]> _batches;
    private readonly Dictionary<string, CompiledPromotion> _byId;

    private CompiledPromotions(CompiledPromotion[] ranked, IEnumerable<CouponBatch> batches, CouponCodes? codes)
    {
        _codes = codes;
        _all = ranked;
        for (var i = 0; i < ranked.Length; i++)
            ranked[i].Rank = i;
        var automatic = ranked.Where(item => !item.Promotion.NeedsCode).ToList();
        _anywhere = [.. automatic.Where(item => IndexOf(item) is null).Select(item => item.Rank)];
        _bySku = Index(automatic, item => IndexOf(item) is 's' ? item.Promotion.Selection.Skus : []);
        _byBrand = Index(automatic, item => IndexOf(item) is 'b' ? item.Promotion.Selection.Brands : []);
        _byCategory = Index(automatic, item => IndexOf(item) is 'c' ? item.Promotion.Selection.Categories : []);
        _byCode = Index(ranked.Where(item => item.Promotion.NeedsCode), item => item.Promotion.Codes);
        _byId = ranked.ToDictionary(item => item.Promotion.Id, StringComparer.Ordinal);
        _batches = batches.GroupBy(batch => CouponCodes.TagOf(batch.Id)).ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
    }

    /// <summary>No promotions.</summary>
    public static CompiledPromotions Empty { get; } = new([], [], null);

    /// <summary>How many promotions there are.</summary>
    public int Count => _all.Length;

    /// <summary>A promotion by its rank.</summary>
    public CompiledPromotion this[int rank] => _all[rank];

    /// <summary>A promotion by id; null when there is none.</summary>
    public CompiledPromotion? Find(string promotionId) => _byId.GetValueOrDefault(promotionId);

    /// <summary>Lays promotions out. The higher priority goes first, then what the customer asked for by code, then by id.</summary>
    /// <param name="definitions">Promotions, campaigns and batches, in any order.</param>
    /// <param name="codes">Knows generated codes.</param>
    public static CompiledPromotions Compile(IEnumerable<Definition> definitions, CouponCodes codes)
    {
        var all = definitions.ToList();
        var campaigns = all.OfType<Campaign>().ToDictionary(campaign => campaign.Id, StringComparer.Ordinal);
        var ranked = all.OfType<Promotion>()
            .OrderByDescending(promotion => promotion.Priority)
            .ThenByDescending(promotion => promotion.NeedsCode)
            .ThenBy(promotion => promotion.Id, StringComparer.Ordinal)
            .Select(promotion => new CompiledPromotion(promotion, promotion.CampaignId is { } id ? campaigns.GetValueOrDefault(id) : null));
        return new CompiledPromotions([.. ranked], all.OfType<CouponBatch>(), codes);
    }

    /// <summary>The promotions a code opens; none when nobody knows it.</summary>
    /// <param name="code">In its normal form.</param>
    public IReadOnlyList<OpenedPromotion> Resolve(string code)
    {
        if (_byCode.TryGetValue(code, out var ranks))
            return [.. ranks.Select(rank => new OpenedPromotion(_all[rank], null, IsRevoked: false))];
        if (_codes is null || CouponCodes.Compact(code) is not { } compact || !_batches.TryGetValue(CouponCodes.TagOfCompact(compact), out var batches))
            return [];
        var batch = Array.Find(batches, batch => _codes.Belongs(compact, batch.Id, batch.Count));
        return batch is not null && Find(batch.PromotionId) is { } promotion ? [new OpenedPromotion(promotion, compact, batch.IsRevoked)] : [];
    }

    /// <summary>Says which lines each automatic promotion is about.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="matches">One set for each promotion, by rank; empty before.</param>
    public void MatchAutomatic(IReadOnlyList<BasketLine> lines, Span<LineSet> matches)
    {
        var everything = LineSet.First(lines.Count);
        foreach (var rank in _anywhere)
            matches[rank] = _all[rank].Selection.IsEverything ? everything : _all[rank].Selection.Match(lines);

        var categories = _byCategory.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i];
            if (_bySku.TryGetValue(line.Sku, out var ranks))
                Add(ranks, line, i, matches);
            if (_byBrand.TryGetValue(line.Brand, out ranks))
                Add(ranks, line, i, matches);
            var path = line.Category.AsSpan();
            while (!path.IsEmpty && _byCategory.Count > 0)
            {
                if (categories.TryGetValue(path, out ranks))
                    Add(ranks, line, i, matches);
                path = path[..Math.Max(0, path.LastIndexOf('/'))];
            }
        }
    }

    private void Add(int[] ranks, BasketLine line, int place, Span<LineSet> matches)
    {
        foreach (var rank in ranks)
        {
            if (!_all[rank].Selection.NeedsCheck || _all[rank].Selection.Matches(line))
                matches[rank].Add(place);
        }
    }

    /// <summary>The list it is found by: 's'KUs, 'b'rands, 'c'ategories; null for every line.</summary>
    private static char? IndexOf(CompiledPromotion item)
    {
        var selection = item.Promotion.Selection;
        if (selection.Skus.Count > 0)
            return 's';
        if (selection.Brands.Count > 0)
            return 'b';
        return selection.Categories.Count > 0 ? 'c' : null;
    }

    private static Dictionary<string, int[]> Index(IEnumerable<CompiledPromotion> items, Func<CompiledPromotion, IReadOnlyList<string>> keys) => items
        .SelectMany(item => keys(item).Distinct(StringComparer.Ordinal).Select(key => (Key: key, item.Rank)))
        .GroupBy(entry => entry.Key, entry => entry.Rank, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
}
