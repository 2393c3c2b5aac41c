using NexusCart.Platform.Actors;
using NexusCart.Promotions.Actors;
using NexusCart.Promotions.Domain.FlashSales;

namespace NexusCart.Promotions.Events;

/// <summary>
/// <c>promotion.flash_sale_changed.v1</c>: how a flash sale stands now. A later one replaces an earlier one; not every step is told.
/// </summary>
/// <param name="SaleId">The sale.</param>
/// <param name="Sku">The product.</param>
/// <param name="Status">"draft", "scheduling", "scheduled", "live" or "ended".</param>
/// <param name="Reason">Why it ended or was not scheduled: "time_over", "sold_out", "ended_by_staff", "out_of_stock".</param>
/// <param name="Units">Units of the sale.</param>
/// <param name="UnitsLeft">Units nobody has claimed.</param>
/// <param name="UnitsPaid">Units that are paid for.</param>
/// <param name="UnitPriceMinorUnits">What a unit costs in the sale, in minor units.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="StartsAt">From when it may be claimed.</param>
/// <param name="EndsAt">Until when.</param>
/// <param name="Version">Of the sale; a lower one is older.</param>
public sealed record FlashSaleChanged(
    string SaleId,
    string Sku,
    string Status,
    string? Reason,
    int Units,
    int UnitsLeft,
    int UnitsPaid,
    long UnitPriceMinorUnits,
    string Currency,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    long Version)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "promotion.flash_sale_changed.v1";

    /// <summary>Topic.</summary>
    public const string Topic = "promotions";

    /// <summary>The event that tells how a sale stands.</summary>
    public static PendingEvent Of(FlashSaleView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        var (sale, terms) = (view.Sale, view.Sale.Terms);
        var payload = new FlashSaleChanged(
            terms.SaleId, terms.Sku, NameOf(sale.Status), sale.Reason, terms.Units, view.Left, view.Paid,
            terms.UnitPrice.MinorUnits, terms.UnitPrice.Currency, terms.StartsAt, terms.EndsAt, view.Version);
        return PendingEvent.Create(
            string.Create(null, $"{terms.SaleId}:{view.Version}"), Type, Topic, terms.SaleId, payload, FlashSalesJson.Default.FlashSaleChanged);
    }

    /// <summary>A status as the event tells it.</summary>
    public static string NameOf(FlashSaleStatus status) => status switch
    {
        FlashSaleStatus.Draft => "draft",
        FlashSaleStatus.Scheduling => "scheduling",
        FlashSaleStatus.Scheduled => "scheduled",
        FlashSaleStatus.Live => "live",
        _ => "ended",
    };
}
