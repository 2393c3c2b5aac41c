using System.Text.Json.Serialization;

namespace NexusCart.Promotions.Domain;

/// <summary>What a promotion gives. Amounts are minor units, percentages basis points: 1000 is 10 %.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(PercentageReward), "percentage")]
[JsonDerivedType(typeof(FixedReward), "fixed")]
[JsonDerivedType(typeof(FreeShippingReward), "freeShipping")]
[JsonDerivedType(typeof(BuyGetReward), "buyGet")]
[JsonDerivedType(typeof(TieredReward), "tiered")]
public abstract record Reward
{
    /// <summary>The currency it is bound to; null when it is good for any.</summary>
    [JsonIgnore]
    public abstract string? BoundTo { get; }

    /// <summary>Whether two give the same.</summary>
    public virtual bool SameAs(Reward other) => Equals(other);
}

/// <summary>A part of what the selected lines still cost.</summary>
/// <param name="BasisPoints">1 to 10,000.</param>
/// <param name="MostMinorUnits">At most this much; null for no bound.</param>
/// <param name="Currency">The currency of the bound; null where there is none.</param>
public sealed record PercentageReward(int BasisPoints, long? MostMinorUnits = null, string? Currency = null) : Reward
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string? BoundTo => Currency;
}

/// <summary>An amount off the selected lines together, at most what they still cost.</summary>
/// <param name="MinorUnits">1 or more.</param>
/// <param name="Currency">ISO 4217.</param>
public sealed record FixedReward(long MinorUnits, string Currency) : Reward
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string? BoundTo => Currency;
}

/// <summary>The delivery for nothing.</summary>
/// <param name="MostMinorUnits">At most this much of its price; null for all of it.</param>
/// <param name="Currency">The currency of the bound; null where there is none.</param>
public sealed record FreeShippingReward(long? MostMinorUnits = null, string? Currency = null) : Reward
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string? BoundTo => Currency;
}

/// <summary>
/// Units for nothing, or for less, to those who buy others. A unit counts once: as bought or as given. The cheapest units are given.
/// </summary>
/// <param name="Buy">Units of the selected lines that must be bought, each time; 1 or more.</param>
/// <param name="Get">Units that are given for them, each time; 1 or more.</param>
/// <param name="BasisPoints">How much of their price: 10,000 gives them for nothing.</param>
/// <param name="MostTimes">How often in one order; null for no bound.</param>
/// <param name="Given">The lines units are given of; null for the selected ones.</param>
public sealed record BuyGetReward(int Buy, int Get, int BasisPoints, int? MostTimes = null, Selection? Given = null) : Reward
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string? BoundTo => null;

    /// <inheritdoc/>
    public override bool SameAs(Reward other) =>
        other is BuyGetReward reward && this with { Given = null } == reward with { Given = null }
        && (Given is null ? reward.Given is null : reward.Given is not null && Given.SameAs(reward.Given));
}

/// <summary>What decides on the tier.</summary>
public enum TierMeasure
{
    /// <summary>What the selected lines are worth before any discount.</summary>
    Spend,

    /// <summary>Units of the selected lines.</summary>
    Quantity,
}

/// <summary>A step of a tiered reward: exactly one of a percentage and an amount.</summary>
/// <param name="From">Minor units or units from which it counts; 1 or more.</param>
/// <param name="BasisPoints">A part of what the selected lines still cost; 0 for the amount.</param>
/// <param name="MinorUnits">An amount off them; 0 for the percentage.</param>
public sealed record Tier(long From, int BasisPoints, long MinorUnits);

/// <summary>More for those who buy more: the highest tier that is reached counts, alone.</summary>
/// <param name="By">What decides.</param>
/// <param name="Tiers">By <see cref="Tier.From"/>, the lowest first; 1 or more.</param>
/// <param name="Currency">The currency of spends and amounts; null where there are none.</param>
public sealed record TieredReward(TierMeasure By, IReadOnlyList<Tier> Tiers, string? Currency = null) : Reward
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string? BoundTo => Currency;

    /// <inheritdoc/>
    public override bool SameAs(Reward other) =>
        other is TieredReward reward && By == reward.By && Currency == reward.Currency && Tiers.SequenceEqual(reward.Tiers);
}
