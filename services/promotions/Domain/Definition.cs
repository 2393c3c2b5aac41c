using System.Text.Json.Serialization;
using NexusCart.Platform.Values;

namespace NexusCart.Promotions.Domain;

/// <summary>Something that staff define. Immutable; a change is a new one with the next version.</summary>
/// <param name="Id">[A-Za-z0-9_-]{1,64}, unique among its kind.</param>
/// <param name="Version">1 for the first, one more with each change.</param>
/// <param name="UpdatedAt">When it last changed.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Campaign), "campaign")]
[JsonDerivedType(typeof(Promotion), "promotion")]
[JsonDerivedType(typeof(CouponBatch), "batch")]
public abstract record Definition(string Id, long Version, DateTimeOffset UpdatedAt)
{
    /// <summary>What it is stored under: its kind and its id.</summary>
    [JsonIgnore]
    public abstract string Key { get; }

    /// <summary>Whether everything but version and time is the same.</summary>
    public abstract bool SameContentAs(Definition other);

    /// <summary>The field of a draft that may not differ from this one's, in its JSON form, and does; null when there is none.</summary>
    public abstract string? FixedFieldChangedBy(Definition draft);
}

/// <summary>What promotions have in common that are paid from one purse.</summary>
/// <param name="Id">[A-Za-z0-9_-]{1,64}</param>
/// <param name="Name">For staff.</param>
/// <param name="Budget">What its promotions may give away in all; null for no limit.</param>
/// <param name="Version">1 for the first, one more with each change.</param>
/// <param name="UpdatedAt">When it last changed.</param>
public sealed record Campaign(string Id, string Name, MoneyAmount? Budget, long Version, DateTimeOffset UpdatedAt)
    : Definition(Id, Version, UpdatedAt)
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Key => KeyOf(Id);

    /// <summary>What a campaign is stored under.</summary>
    public static string KeyOf(string id) => "campaign:" + id;

    /// <inheritdoc/>
    public override bool SameContentAs(Definition other) =>
        other is Campaign campaign && Id == campaign.Id && Name == campaign.Name && Budget == campaign.Budget;

    /// <inheritdoc/>
    public override string? FixedFieldChangedBy(Definition draft) =>
        draft is Campaign { Budget: { } budget } && Budget is { } own && budget.Currency != own.Currency ? "budget.currency" : null;
}
