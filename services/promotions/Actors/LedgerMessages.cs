using System.Text.Json.Serialization;
using NexusCart.Promotions.Domain.Redemptions;

namespace NexusCart.Promotions.Actors;

/// <summary>A command to a ledger; many travel in one call.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "op")]
[JsonDerivedType(typeof(RedeemUses), "redeem")]
[JsonDerivedType(typeof(RestoreUses), "restore")]
[JsonDerivedType(typeof(CountUses), "count")]
public abstract record LedgerCommand
{
    /// <summary>How much work it is, in uses; bounds a batch.</summary>
    [JsonIgnore]
    public abstract int Weight { get; }
}

/// <summary>Counts the uses of an order; see <see cref="LedgerTurn.Redeem"/>.</summary>
public sealed record RedeemUses(string OrderId, string CustomerId, string Currency, IReadOnlyList<Demand> Demands, long? Budget) : LedgerCommand
{
    /// <inheritdoc/>
    public override int Weight => Demands.Count + 1;
}

/// <summary>Gives the uses of an order back; see <see cref="LedgerTurn.Restore"/>.</summary>
public sealed record RestoreUses(string OrderId) : LedgerCommand
{
    /// <inheritdoc/>
    public override int Weight => 1;
}

/// <summary>Asks what was used.</summary>
/// <param name="CustomerId">By whom, besides by all.</param>
/// <param name="PromotionIds">Of which promotions.</param>
/// <param name="SingleUseCodes">Which generated codes.</param>
public sealed record CountUses(string CustomerId, IReadOnlyList<string> PromotionIds, IReadOnlyList<string> SingleUseCodes) : LedgerCommand
{
    /// <inheritdoc/>
    public override int Weight => PromotionIds.Count + SingleUseCodes.Count;
}

/// <summary>The answer to a command.</summary>
/// <param name="Verdict">To a redemption; else redeemed.</param>
/// <param name="Refusal">Why it was refused; else null.</param>
/// <param name="Uses">To a count: of each promotion, by all and by the customer.</param>
/// <param name="UsedCodes">To a count: those of the codes that are used.</param>
/// <param name="Total">To a count: what the ledger's promotions gave.</param>
public sealed record LedgerReply(
    RedeemVerdict Verdict,
    UseRefusal? Refusal = null,
    IReadOnlyList<CountedUses>? Uses = null,
    IReadOnlyList<string>? UsedCodes = null,
    Tally? Total = null);

/// <summary>How often a promotion was used.</summary>
/// <param name="Total">By anybody.</param>
/// <param name="ByCustomer">By the customer in question.</param>
public sealed record CountedUses(long Total, int ByCustomer);

/// <summary>Asks for a page of a ledger's books.</summary>
/// <param name="Token">Empty for the first page, then the token of the page before.</param>
public sealed record LedgerPageRequest(string Token);

/// <summary>A page of a ledger's books.</summary>
/// <param name="Total">All its promotions together.</param>
/// <param name="Promotions">On the first page: what each promotion was used.</param>
/// <param name="Orders">Orders that used something once, the oldest first.</param>
/// <param name="NextToken">Empty on the last page.</param>
public sealed record LedgerPage(
    Tally Total, IReadOnlyDictionary<string, Tally> Promotions, IReadOnlyList<OrderRedemption> Orders, string NextToken);
