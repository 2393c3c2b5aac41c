using NexusCart.Promotions.Domain.Evaluation;

namespace NexusCart.Promotions.Domain.Redemptions;

/// <summary>What a redemption came to.</summary>
public enum RedeemVerdict
{
    /// <summary>All uses count.</summary>
    Redeemed,

    /// <summary>None counts, and none of this order ever will.</summary>
    Refused,

    /// <summary>They were given back before; the order is over.</summary>
    Restored,

    /// <summary>The order is known with other uses.</summary>
    OtherUses,
}

/// <summary>What a redemption came to.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Refusal">Why it was refused; else null.</param>
public readonly record struct RedeemAnswer(RedeemVerdict Verdict, UseRefusal? Refusal = null);

/// <summary>
/// One turn of a ledger: verbs change a draft over what was known before, so that a turn is stored as a whole or not at all. Every verb is
/// idempotent by order, in any order: what was given back before it arrived stays given back, and a refusal is final, since the order may
/// have been undone elsewhere because of it.
/// </summary>
/// <param name="before">What was known.</param>
/// <param name="now">The turn's time.</param>
public sealed class LedgerTurn(ILedgerView before, DateTimeOffset now)
{
    private readonly Dictionary<string, OrderRedemption> _orders = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tally> _promotions = new(StringComparer.Ordinal);
    private readonly Dictionary<(string PromotionId, string CustomerId), int> _customers = [];
    private readonly Dictionary<string, string?> _codes = new(StringComparer.Ordinal);
    private Tally? _total;

    /// <summary>All promotions together, as the turn has them.</summary>
    public Tally Total => _total ?? before.Total;

    /// <summary>Orders that changed.</summary>
    public IReadOnlyCollection<OrderRedemption> Orders => _orders.Values;

    /// <summary>Promotions that changed.</summary>
    public IReadOnlyDictionary<string, Tally> Promotions => _promotions;

    /// <summary>Customers' uses that changed.</summary>
    public IReadOnlyDictionary<(string PromotionId, string CustomerId), int> Customers => _customers;

    /// <summary>Codes that changed; null means free again.</summary>
    public IReadOnlyDictionary<string, string?> Codes => _codes;

    /// <summary>Whether nothing is to be stored.</summary>
    public bool IsEmpty => _orders.Count == 0;

    /// <summary>A promotion as the turn has it.</summary>
    public Tally Promotion(string promotionId) => _promotions.GetValueOrDefault(promotionId) ?? before.Promotion(promotionId);

    /// <summary>A customer's uses as the turn has them.</summary>
    public int UsesBy(string promotionId, string customerId) =>
        _customers.TryGetValue((promotionId, customerId), out var uses) ? uses : before.UsesBy(promotionId, customerId);

    /// <summary>The order that uses a code, as the turn has it.</summary>
    public string? HolderOf(string code) => _codes.TryGetValue(code, out var holder) ? holder : before.HolderOf(code);

    /// <summary>Counts all uses of an order, or none.</summary>
    /// <param name="orderId">The order.</param>
    /// <param name="customerId">Whose it is.</param>
    /// <param name="currency">Of the amounts.</param>
    /// <param name="demands">The uses, one a promotion, with their limits.</param>
    /// <param name="budget">What the ledger's promotions may give in all, in that currency; null for any amount.</param>
    public RedeemAnswer Redeem(string orderId, string customerId, string currency, IReadOnlyList<Demand> demands, long? budget)
    {
        ArgumentNullException.ThrowIfNull(demands);
        var uses = demands.Select(demand => demand.Use).ToList();
        if (Known(orderId) is { } known)
        {
            var isSame = known.Uses.Count == 0 || (known.CustomerId == customerId && known.Currency == currency && known.Uses.SequenceEqual(uses));
            return !isSame ? new RedeemAnswer(RedeemVerdict.OtherUses) : known.Status switch
            {
                RedemptionStatus.Redeemed => new RedeemAnswer(RedeemVerdict.Redeemed),
                RedemptionStatus.Refused => new RedeemAnswer(RedeemVerdict.Refused, known.Refusal),
                _ => new RedeemAnswer(RedeemVerdict.Restored),
            };
        }

        var refusal = demands.Select(demand => Judge(demand, orderId, customerId)).FirstOrDefault(fault => fault is not null)
            ?? JudgeBudget(uses, currency, budget);
        if (refusal is not null)
        {
            _orders[orderId] = new OrderRedemption(orderId, customerId, currency, RedemptionStatus.Refused, uses, now, refusal);
            return new RedeemAnswer(RedeemVerdict.Refused, refusal);
        }

        Count(orderId, customerId, currency, uses, 1);
        _orders[orderId] = new OrderRedemption(orderId, customerId, currency, RedemptionStatus.Redeemed, uses, now);
        return new RedeemAnswer(RedeemVerdict.Redeemed);
    }

    /// <summary>Gives the uses of an order back. One that is not known is remembered, so that a late redemption is refused.</summary>
    public void Restore(string orderId)
    {
        var known = Known(orderId) ?? new OrderRedemption(orderId, "", "", RedemptionStatus.Restored, [], now);
        if (known.Status is RedemptionStatus.Redeemed)
            Count(orderId, known.CustomerId, known.Currency, known.Uses, -1);
        else if (Known(orderId) is not null)
            return;
        _orders[orderId] = known with { Status = RedemptionStatus.Restored, At = now };
    }

    private OrderRedemption? Known(string orderId) => _orders.GetValueOrDefault(orderId) ?? before.Order(orderId);

    private UseRefusal? Judge(Demand demand, string orderId, string customerId)
    {
        var use = demand.Use;
        if (use.SingleUseCode is { } code && HolderOf(code) is { } holder && holder != orderId)
            return new UseRefusal(RefusalCodes.CodeUsed, use.PromotionId);
        if (Promotion(use.PromotionId).Uses >= demand.TotalLimit)
            return new UseRefusal(RefusalCodes.LimitReached, use.PromotionId);
        return UsesBy(use.PromotionId, customerId) >= demand.CustomerLimit
            ? new UseRefusal(RefusalCodes.CustomerLimitReached, use.PromotionId)
            : null;
    }

    private UseRefusal? JudgeBudget(List<Use> uses, string currency, long? budget) =>
        budget is { } most && checked(Total.SpentIn(currency) + uses.Sum(use => use.MinorUnits)) > most
            ? new UseRefusal(RefusalCodes.BudgetExhausted, uses[0].PromotionId)
            : null;

    private void Count(string orderId, string customerId, string currency, IReadOnlyList<Use> uses, int sign)
    {
        foreach (var use in uses)
        {
            _promotions[use.PromotionId] = Promotion(use.PromotionId).Add(sign, sign * use.MinorUnits, currency);
            _customers[(use.PromotionId, customerId)] = UsesBy(use.PromotionId, customerId) + sign;
            _total = Total.Add(sign, sign * use.MinorUnits, currency);
            if (use.SingleUseCode is { } code)
                _codes[code] = sign > 0 ? orderId : null;
        }
    }
}
