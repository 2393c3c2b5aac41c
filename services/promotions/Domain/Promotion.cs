using System.Text.Json.Serialization;

namespace NexusCart.Promotions.Domain;

/// <summary>How a promotion goes together with others.</summary>
public enum Stacking
{
    /// <summary>On top of others, of what they left.</summary>
    Cumulative,

    /// <summary>Of all that are so, the one that gives most; on top of the cumulative ones.</summary>
    BestOf,

    /// <summary>Alone, when nothing of a higher priority applies.</summary>
    Exclusive,
}

/// <summary>A coupon or an automatic promotion.</summary>
public sealed record Promotion(string Id, long Version, DateTimeOffset UpdatedAt) : Definition(Id, Version, UpdatedAt)
{
    /// <summary>Its name, as customers read it.</summary>
    public required string Name { get; init; }

    /// <summary>The campaign that pays; null for none. Fixed: its uses are counted there.</summary>
    public string? CampaignId { get; init; }

    /// <summary>Whether it is to apply at all.</summary>
    public bool IsActive { get; init; } = true;

    /// <summary>Whether a code must be entered: one of <see cref="Codes"/>, or a generated one.</summary>
    public bool NeedsCode { get; init; }

    /// <summary>Codes that anybody may enter, in their normal form.</summary>
    public IReadOnlyList<string> Codes { get; init; } = [];

    /// <summary>The lines it is about.</summary>
    public Selection Selection { get; init; } = Selection.Everything;

    /// <summary>When it applies.</summary>
    public Conditions Conditions { get; init; } = Conditions.None;

    /// <summary>What it gives.</summary>
    public required Reward Reward { get; init; }

    /// <summary>From when on; null for always.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>Until just before when; null for ever.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>How many orders may use it; null for any number.</summary>
    public long? TotalLimit { get; init; }

    /// <summary>How many orders of one customer may; null for any number.</summary>
    public int? CustomerLimit { get; init; }

    /// <summary>The higher goes first.</summary>
    public int Priority { get; init; }

    /// <summary>How it goes together with others.</summary>
    public Stacking Stacking { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Key => KeyOf(Id);

    /// <summary>Where its uses are counted: its campaign's ledger, or one of its own.</summary>
    [JsonIgnore]
    public string LedgerId => CampaignId is null ? "p:" + Id : "c:" + CampaignId;

    /// <summary>The limit by customer that holds: nobody has two first orders, however fast he is.</summary>
    [JsonIgnore]
    public int? EffectiveCustomerLimit => Conditions.FirstOrder ? 1 : CustomerLimit;

    /// <summary>What a promotion is stored under.</summary>
    public static string KeyOf(string id) => "promotion:" + id;

    /// <inheritdoc/>
    public override bool SameContentAs(Definition other) =>
        other is Promotion promotion && Id == promotion.Id && Name == promotion.Name && CampaignId == promotion.CampaignId
        && IsActive == promotion.IsActive && NeedsCode == promotion.NeedsCode && StartsAt == promotion.StartsAt && EndsAt == promotion.EndsAt
        && TotalLimit == promotion.TotalLimit && CustomerLimit == promotion.CustomerLimit
        && Priority == promotion.Priority && Stacking == promotion.Stacking && Codes.SequenceEqual(promotion.Codes)
        && Selection.SameAs(promotion.Selection) && Conditions.SameAs(promotion.Conditions) && Reward.SameAs(promotion.Reward);

    /// <inheritdoc/>
    public override string? FixedFieldChangedBy(Definition draft) =>
        draft is Promotion promotion && promotion.CampaignId == CampaignId ? null : "campaignId";
}
