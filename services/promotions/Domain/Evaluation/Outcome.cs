namespace NexusCart.Promotions.Domain.Evaluation;

/// <summary>A promotion that counts, and what it gives.</summary>
/// <param name="Promotion">The promotion.</param>
/// <param name="Code">The code that opened it, in its normal form; null for none.</param>
/// <param name="IsSingleUse">Whether the code is a generated one.</param>
/// <param name="LineAmounts">Minor units by line; each line's amounts never exceed its total.</param>
/// <param name="ShippingAmount">Minor units of the delivery.</param>
public sealed record AppliedPromotion(Promotion Promotion, string? Code, bool IsSingleUse, long[] LineAmounts, long ShippingAmount)
{
    /// <summary>All it gives.</summary>
    public long Amount { get; } = LineAmounts.Sum() + ShippingAmount;
}

/// <summary>A promotion or a code that does not count.</summary>
/// <param name="Reason">One of <see cref="RefusalCodes"/>.</param>
/// <param name="Detail">For people.</param>
/// <param name="PromotionId">The promotion; null for a code that nobody knows.</param>
/// <param name="Code">The code, in its normal form; null for an automatic promotion.</param>
public sealed record RefusedPromotion(string Reason, string Detail, string? PromotionId, string? Code);

/// <summary>What promotions make of a basket.</summary>
/// <param name="Applied">What counts, in the order it was applied.</param>
/// <param name="Refused">What does not: every code, and automatic promotions where they were asked for.</param>
/// <param name="Unasked">Promotions with limits that could count and that no ledger was asked about yet.</param>
/// <param name="FirstOrderNeeded">Whether it matters if this is the customer's first order, which was not said.</param>
public sealed record Outcome(
    IReadOnlyList<AppliedPromotion> Applied,
    IReadOnlyList<RefusedPromotion> Refused,
    IReadOnlyList<Candidate> Unasked,
    bool FirstOrderNeeded);

/// <summary>A promotion whose limits matter.</summary>
/// <param name="Promotion">The promotion.</param>
/// <param name="SingleUseCode">The generated code; null for none.</param>
/// <param name="BudgetCurrency">The currency of its campaign's budget; null where there is none.</param>
/// <param name="IsApplied">Whether it counts by what is known so far.</param>
public sealed record Candidate(Promotion Promotion, string? SingleUseCode, string? BudgetCurrency, bool IsApplied);
