using System.Buffers;
using NexusCart.Platform.Values;

namespace NexusCart.Promotions.Domain.Evaluation;

/// <summary>
/// Says what promotions make of a basket: a pure function of what is given. Conditions look at the basket before any discount.
/// <list type="number">
/// <item>What applies is put in order: by priority, codes before automatic promotions, then by id.</item>
/// <item>If the first is exclusive, it counts alone; else no exclusive one counts.</item>
/// <item>Of the best-of ones, the one counts that would give most by itself.</item>
/// <item>It and the cumulative ones are applied in order, each to what the ones before left.</item>
/// </list>
/// </summary>
public sealed class Evaluator
{
    /// <summary>The most promotions that count in one basket.</summary>
    public const int MostApplied = 20;

    private readonly CompiledPromotions _book;
    private readonly Basket _basket;
    private readonly Usage _usage;
    private readonly DateTimeOffset _now;
    private readonly bool _explain;
    private readonly Discounts _discounts;
    private readonly List<RefusedPromotion> _refused = [];
    private readonly Dictionary<string, long> _spending = new(StringComparer.Ordinal);
    private readonly Dictionary<int, OpeningCode> _opened = [];
    private bool _firstOrderNeeded;

    private Evaluator(CompiledPromotions book, Basket basket, Usage usage, DateTimeOffset now, bool explain)
    {
        (_book, _basket, _usage, _now, _explain) = (book, basket, usage, now, explain);
        _discounts = new Discounts(basket);
    }

    /// <summary>Evaluates.</summary>
    /// <param name="book">All promotions.</param>
    /// <param name="basket">The basket.</param>
    /// <param name="usage">What ledgers said so far.</param>
    /// <param name="now">The time.</param>
    /// <param name="explain">Whether automatic promotions are told of, too, that concern the basket and do not count.</param>
    public static Outcome Evaluate(CompiledPromotions book, Basket basket, Usage usage, DateTimeOffset now, bool explain = false)
    {
        ArgumentNullException.ThrowIfNull(book);
        ArgumentNullException.ThrowIfNull(basket);
        ArgumentNullException.ThrowIfNull(usage);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(basket.Lines.Count, Basket.MostLines, nameof(basket));
        return new Evaluator(book, basket, usage, now, explain).Run();
    }

    private Outcome Run()
    {
        var matches = ArrayPool<LineSet>.Shared.Rent(_book.Count);
        List<Eligible> eligible;
        try
        {
            Array.Clear(matches, 0, _book.Count);
            _book.MatchAutomatic(_basket.Lines, matches.AsSpan(0, _book.Count));
            OpenCodes(matches);
            eligible = FindEligible(matches);
        }
        finally
        {
            ArrayPool<LineSet>.Shared.Return(matches);
        }

        var applied = Apply(Combine(eligible));
        var counted = applied.Select(item => item.Promotion.Id).ToHashSet(StringComparer.Ordinal);
        Candidate[] unasked = [.. eligible
            .Select(item => (item.Promotion, _opened.GetValueOrDefault(item.Promotion.Rank)?.SingleUse))
            .Where(item => (item.Promotion.IsLimited || item.SingleUse is not null) && !_usage.Knows(item.Promotion.Promotion.Id))
            .Select(item => new Candidate(item.Promotion.Promotion, item.SingleUse, item.Promotion.BudgetCurrency, counted.Contains(item.Promotion.Promotion.Id)))];
        return new Outcome(applied, _refused, unasked, _firstOrderNeeded);
    }

    private void OpenCodes(LineSet[] matches)
    {
        foreach (var code in _basket.Codes.Select(CouponCodes.Normalise).Distinct(StringComparer.Ordinal))
        {
            var opened = _book.Resolve(code);
            if (opened.Count == 0)
                _refused.Add(new RefusedPromotion(RefusalCodes.UnknownCode, "There is no such code.", null, code));
            foreach (var (promotion, singleUse, isRevoked) in opened)
            {
                if (isRevoked)
                    _refused.Add(new RefusedPromotion(RefusalCodes.Disabled, "The code is good no longer.", promotion.Promotion.Id, code));
                else if (_opened.TryAdd(promotion.Rank, new OpeningCode(code, singleUse)))
                    matches[promotion.Rank] = promotion.Selection.Match(_basket.Lines);
                else
                    _refused.Add(new RefusedPromotion(RefusalCodes.NotCombinable, "Another code opens the same promotion.", promotion.Promotion.Id, code));
            }
        }
    }

    private List<Eligible> FindEligible(LineSet[] matches)
    {
        var eligible = new List<Eligible>();
        for (var rank = 0; rank < _book.Count; rank++)
        {
            if (matches[rank].IsEmpty && !_opened.ContainsKey(rank))
                continue;
            var promotion = _book[rank];
            if (FaultOf(promotion, matches[rank]) is not { } fault)
                eligible.Add(new Eligible(promotion, matches[rank]));
            else if (IsTold(promotion))
                Refuse(promotion, fault, DetailOf(fault, promotion, matches[rank]));
        }

        return eligible;
    }

    private string? FaultOf(CompiledPromotion item, LineSet lines) => TimeAndPlace(item) ?? Goods(item, lines) ?? Limits(item);

    private string? TimeAndPlace(CompiledPromotion item)
    {
        var promotion = item.Promotion;
        var conditions = promotion.Conditions;
        if (!promotion.IsActive || !item.IsPayable)
            return RefusalCodes.Disabled;
        if (promotion.StartsAt > _now)
            return RefusalCodes.NotStarted;
        if (promotion.EndsAt <= _now)
            return RefusalCodes.Expired;
        var currency = _basket.Currency;
        if ((promotion.Reward.BoundTo ?? currency) != currency || (conditions.Currency ?? currency) != currency || (item.BudgetCurrency ?? currency) != currency)
            return RefusalCodes.CurrencyMismatch;
        if (item.Groups.Count > 0 && !_basket.Shopper.Groups.Any(item.Groups.Contains))
            return RefusalCodes.WrongCustomerGroup;
        return item.Channels.Count > 0 && !item.Channels.Contains(_basket.Shopper.Channel) ? RefusalCodes.WrongChannel : null;
    }

    private string? Goods(CompiledPromotion item, LineSet lines)
    {
        if (lines.IsEmpty)
            return RefusalCodes.NoMatchingItems;
        var conditions = item.Promotion.Conditions;
        var isEnough = (conditions.MinimumSpendMinorUnits == 0 || _discounts.WorthOf(lines) >= conditions.MinimumSpendMinorUnits)
            && (conditions.MinimumQuantity == 0 || _discounts.UnitsOf(lines) >= conditions.MinimumQuantity)
            && item.Promotion.Reward switch
            {
                TieredReward tiered => _discounts.TierOf(tiered, lines) is not null,
                BuyGetReward give => _discounts.GivenUnits(give, lines, item.Given) > 0,
                _ => true,
            };
        return isEnough ? null : RefusalCodes.MinimumNotMet;
    }

    private string? Limits(CompiledPromotion item)
    {
        var promotion = item.Promotion;
        if (promotion.Conditions.FirstOrder)
        {
            if (_basket.Shopper.IsGuest)
                return RefusalCodes.SignInNeeded;
            if (_basket.Shopper.IsFirstOrder is false)
                return RefusalCodes.NotFirstOrder;
            _firstOrderNeeded |= _basket.Shopper.IsFirstOrder is null;
        }

        if (_opened.GetValueOrDefault(item.Rank)?.SingleUse is { } code && _usage.IsUsed(code))
            return RefusalCodes.CodeUsed;
        var used = _usage.Of(promotion.Id);
        if (used.Total >= promotion.TotalLimit)
            return RefusalCodes.LimitReached;
        return used.ByCustomer >= promotion.EffectiveCustomerLimit ? RefusalCodes.CustomerLimitReached : null;
    }

    private string DetailOf(string fault, CompiledPromotion item, LineSet lines) => fault switch
    {
        RefusalCodes.Disabled => "The promotion is switched off.",
        RefusalCodes.NotStarted => $"The promotion starts at {item.Promotion.StartsAt:u}.",
        RefusalCodes.Expired => $"The promotion ended at {item.Promotion.EndsAt:u}.",
        RefusalCodes.CurrencyMismatch => $"The promotion is not for {_basket.Currency}.",
        RefusalCodes.WrongCustomerGroup => "The promotion is for other customers.",
        RefusalCodes.WrongChannel => "The promotion is for another channel.",
        RefusalCodes.NoMatchingItems => "Nothing in the cart belongs to the promotion.",
        RefusalCodes.MinimumNotMet => Missing(item, lines),
        RefusalCodes.SignInNeeded => "The promotion is for customers with an account.",
        RefusalCodes.NotFirstOrder => "The promotion is for the first order.",
        RefusalCodes.CodeUsed => "The code was used.",
        RefusalCodes.LimitReached => "The promotion was used as often as it may be.",
        _ => "You used the promotion as often as you may.",
    };

    private string Missing(CompiledPromotion item, LineSet lines)
    {
        var conditions = item.Promotion.Conditions;
        var worth = conditions.MinimumSpendMinorUnits - _discounts.WorthOf(lines);
        if (worth > 0)
            return $"{new MoneyAmount(worth, _basket.Currency)} more is needed.";
        var units = conditions.MinimumQuantity - _discounts.UnitsOf(lines);
        if (units > 0)
            return $"{units} more units are needed.";
        return item.Promotion.Reward is BuyGetReward give
            ? $"It gives {give.Get} units for {give.Buy} that are bought; some are missing."
            : "The first tier is not reached.";
    }

    /// <summary>Leaves those that go together.</summary>
    private List<Eligible> Combine(List<Eligible> eligible)
    {
        var standing = eligible.Where(item => Holds(item, _discounts.AmountOf(item.Promotion, item.Lines))).ToList();
        if (standing.Count == 0)
            return standing;
        if (standing[0].Stacking is Stacking.Exclusive)
        {
            foreach (var other in standing.Skip(1))
                Refuse(other.Promotion, RefusalCodes.NotCombinable, $"'{standing[0].Promotion.Promotion.Name}' counts alone.");
            return standing[..1];
        }

        Eligible? best = standing.Where(item => item.Stacking is Stacking.BestOf)
            .Select(item => (Eligible?)item).MaxBy(item => _discounts.AmountOf(item!.Value.Promotion, item.Value.Lines));
        var kept = new List<Eligible>();
        foreach (var item in standing)
        {
            if (item.Stacking is Stacking.Exclusive)
                Refuse(item.Promotion, RefusalCodes.NotCombinable, "It counts alone only, and something of a higher priority counts.");
            else if (item.Stacking is Stacking.BestOf && item.Promotion != best!.Value.Promotion)
                Refuse(item.Promotion, RefusalCodes.NotCombinable, $"'{best.Value.Promotion.Promotion.Name}' gives more.");
            else
                kept.Add(item);
        }

        return kept;
    }

    private List<AppliedPromotion> Apply(List<Eligible> order)
    {
        var applied = new List<AppliedPromotion>();
        foreach (var item in order)
        {
            if (applied.Count == MostApplied)
            {
                Refuse(item.Promotion, RefusalCodes.NotCombinable, $"No more than {MostApplied} promotions go together.");
                continue;
            }

            var amount = _discounts.AmountOf(item.Promotion, item.Lines);
            if (!Holds(item, amount))
                continue;
            var (lines, shipping) = _discounts.Take(item.Promotion, item.Lines);
            var ledger = item.Promotion.Promotion.LedgerId;
            _spending[ledger] = _spending.GetValueOrDefault(ledger) + amount;
            var opening = _opened.GetValueOrDefault(item.Promotion.Rank);
            applied.Add(new AppliedPromotion(
                item.Promotion.Promotion, opening?.SingleUse ?? opening?.Code, opening?.SingleUse is not null, lines, shipping));
        }

        return applied;
    }

    /// <summary>Whether an amount is something, and is covered by the budget.</summary>
    private bool Holds(Eligible item, long amount)
    {
        var promotion = item.Promotion;
        if (amount == 0)
        {
            Refuse(promotion, RefusalCodes.NothingToDiscount, "What it is about costs nothing any more.");
            return false;
        }

        var ledger = promotion.Promotion.LedgerId;
        if (promotion.Budget is not { } budget || _usage.SpentOf(ledger) + _spending.GetValueOrDefault(ledger) + amount <= budget)
            return true;
        Refuse(promotion, RefusalCodes.BudgetExhausted, "The campaign has not enough left.");
        return false;
    }

    /// <summary>Whether the caller hears why a promotion does not count.</summary>
    private bool IsTold(CompiledPromotion promotion) => _explain || _opened.ContainsKey(promotion.Rank);

    private void Refuse(CompiledPromotion promotion, string reason, string detail)
    {
        if (IsTold(promotion))
            _refused.Add(new RefusedPromotion(reason, detail, promotion.Promotion.Id, _opened.GetValueOrDefault(promotion.Rank)?.Code));
    }

    private readonly record struct Eligible(CompiledPromotion Promotion, LineSet Lines)
    {
        public Stacking Stacking => Promotion.Promotion.Stacking;
    }

    private sealed record OpeningCode(string Code, string? SingleUse);
}
