using System.Text.Json.Serialization;

namespace NexusCart.Gateway.Live;

/// <summary>What the gateway reads of <c>promotion.flash_sale_changed.v1</c> on topic <c>promotions</c>, and what it streams.</summary>
/// <param name="SaleId">The sale.</param>
/// <param name="Status">"scheduled", "live", "ended" …</param>
/// <param name="Reason">Why it ended.</param>
/// <param name="Units">Units of the sale.</param>
/// <param name="UnitsLeft">Units nobody has claimed.</param>
/// <param name="UnitsPaid">Units that are paid for.</param>
/// <param name="StartsAt">From when it may be claimed.</param>
/// <param name="EndsAt">Until when.</param>
/// <param name="Version">A lower one is older.</param>
internal sealed record FlashSaleNews(
    string SaleId, string Status, string? Reason, int Units, int UnitsLeft, int UnitsPaid, DateTimeOffset StartsAt, DateTimeOffset EndsAt, long Version)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "promotion.flash_sale_changed.v1";

    /// <summary>Topic.</summary>
    public const string Topic = "promotions";

    /// <summary>The status after which nothing follows that a customer cares for.</summary>
    public const string Ended = "ended";
}

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FlashSaleNews))]
internal sealed partial class FlashSaleNewsJson : JsonSerializerContext;
