using System.Text.Json.Serialization;

namespace NexusCart.Promotions.Domain;

/// <summary>Single-use codes of a promotion, generated together. The codes themselves are not kept: see <see cref="CouponCodes"/>.</summary>
/// <param name="Id">[A-Za-z0-9_-]{1,64}</param>
/// <param name="PromotionId">The promotion they are good for. Fixed.</param>
/// <param name="Count">How many there are. Fixed.</param>
/// <param name="IsRevoked">Whether they are good no longer.</param>
/// <param name="Version">1 for the first, one more with each change.</param>
/// <param name="UpdatedAt">When it last changed.</param>
public sealed record CouponBatch(string Id, string PromotionId, int Count, bool IsRevoked, long Version, DateTimeOffset UpdatedAt)
    : Definition(Id, Version, UpdatedAt)
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Key => KeyOf(Id);

    /// <summary>What a batch is stored under.</summary>
    public static string KeyOf(string id) => "batch:" + id;

    /// <inheritdoc/>
    public override bool SameContentAs(Definition other) =>
        other is CouponBatch batch && (Id, PromotionId, Count, IsRevoked) == (batch.Id, batch.PromotionId, batch.Count, batch.IsRevoked);

    /// <inheritdoc/>
    public override string? FixedFieldChangedBy(Definition draft)
    {
        if (draft is not CouponBatch batch || batch.PromotionId != PromotionId)
            return "promotionId";
        return batch.Count == Count ? null : "count";
    }
}
