namespace NexusCart.Promotions.Domain.Redemptions;

/// <summary>A promotion that an order uses.</summary>
/// <param name="PromotionId">The promotion.</param>
/// <param name="MinorUnits">What it gives the order.</param>
/// <param name="SingleUseCode">The generated code that opened it, without hyphens; null for none.</param>
public sealed record Use(string PromotionId, long MinorUnits, string? SingleUseCode = null);

/// <summary>A use with the limits it must keep.</summary>
/// <param name="Use">The use.</param>
/// <param name="TotalLimit">Orders that may use the promotion; null for any number.</param>
/// <param name="CustomerLimit">Orders of one customer that may; null for any number.</param>
public sealed record Demand(Use Use, long? TotalLimit, int? CustomerLimit);

/// <summary>Where an order stands in a ledger.</summary>
public enum RedemptionStatus
{
    /// <summary>Its uses count.</summary>
    Redeemed,

    /// <summary>Its uses were given back, perhaps before they were asked for.</summary>
    Restored,

    /// <summary>Its uses were refused, for ever.</summary>
    Refused,
}

/// <summary>What a ledger knows of an order.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="CustomerId">Whose it is; empty where it was restored before it was redeemed.</param>
/// <param name="Currency">Of the amounts; likewise.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Uses">What it uses, or wanted to.</param>
/// <param name="At">When it came to stand there.</param>
/// <param name="Refusal">Why it was refused; else null.</param>
public sealed record OrderRedemption(
    string OrderId, string CustomerId, string Currency, RedemptionStatus Status, IReadOnlyList<Use> Uses, DateTimeOffset At, UseRefusal? Refusal = null);

/// <summary>Why a use was refused.</summary>
/// <param name="Reason">One of <see cref="Evaluation.RefusalCodes"/>.</param>
/// <param name="PromotionId">The promotion.</param>
public sealed record UseRefusal(string Reason, string PromotionId);

/// <summary>What was used of a promotion, or of all promotions of a ledger.</summary>
/// <param name="Uses">Orders that use it.</param>
/// <param name="Spent">What it gave, in minor units by currency.</param>
public sealed record Tally(long Uses, IReadOnlyDictionary<string, long> Spent)
{
    /// <summary>Nothing.</summary>
    public static Tally Zero { get; } = new(0, new Dictionary<string, long>());

    /// <summary>What was given in a currency.</summary>
    public long SpentIn(string currency) => Spent.GetValueOrDefault(currency);

    /// <summary>Counts uses more, or fewer.</summary>
    public Tally Add(long uses, long minorUnits, string currency) => new(
        Uses + uses, new Dictionary<string, long>(Spent, StringComparer.Ordinal) { [currency] = checked(SpentIn(currency) + minorUnits) });
}

/// <summary>What a ledger held before a turn.</summary>
public interface ILedgerView
{
    /// <summary>All its promotions together.</summary>
    Tally Total { get; }

    /// <summary>An order; null when it is not known.</summary>
    OrderRedemption? Order(string orderId);

    /// <summary>A promotion.</summary>
    Tally Promotion(string promotionId);

    /// <summary>Orders of a customer that use a promotion.</summary>
    int UsesBy(string promotionId, string customerId);

    /// <summary>The order that uses a generated code; null when none does.</summary>
    string? HolderOf(string singleUseCode);
}
