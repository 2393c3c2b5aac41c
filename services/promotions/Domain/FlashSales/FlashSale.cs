using System.Text.Json.Serialization;
using NexusCart.Platform.Values;

namespace NexusCart.Promotions.Domain.FlashSales;

/// <summary>What a sale offers, frozen when it is drafted.</summary>
/// <param name="SaleId">[A-Za-z0-9_-]{1,40}</param>
/// <param name="Sku">The product.</param>
/// <param name="Units">How many there are; 1 to 1,000,000.</param>
/// <param name="UnitPrice">What one costs.</param>
/// <param name="StartsAt">From when it may be claimed.</param>
/// <param name="EndsAt">Until when.</param>
/// <param name="UnitsPerCustomer">Most units of one customer.</param>
/// <param name="ClaimSeconds">How long a claim waits for its checkout.</param>
/// <param name="AdmissionsPerSecond">Customers the waiting room admits a second; 0 for no waiting room.</param>
/// <param name="AdmissionBurst">Customers it admits at once.</param>
public sealed record FlashSaleTerms(
    string SaleId, string Sku, int Units, MoneyAmount UnitPrice, DateTimeOffset StartsAt, DateTimeOffset EndsAt,
    int UnitsPerCustomer, int ClaimSeconds, int AdmissionsPerSecond, int AdmissionBurst);

/// <summary>Where a sale stands.</summary>
public enum FlashSaleStatus
{
    /// <summary>Written down; nothing is set aside for it.</summary>
    Draft,

    /// <summary>Its units are being set aside.</summary>
    Scheduling,

    /// <summary>It waits for its time.</summary>
    Scheduled,

    /// <summary>Units may be claimed.</summary>
    Live,

    /// <summary>No more units are given out.</summary>
    Ended,
}

/// <summary>What stock knows of a sale's units.</summary>
public enum SetAside
{
    /// <summary>Nothing.</summary>
    No,

    /// <summary>It was asked to set them aside; whether it has is not known yet.</summary>
    Asked,

    /// <summary>They are set aside.</summary>
    Yes,

    /// <summary>What was not sold is back.</summary>
    Returned,
}

/// <summary>Why a sale ended, or was not scheduled.</summary>
public static class FlashSaleReasons
{
    /// <summary>Its time is over.</summary>
    public const string TimeOver = "time_over";

    /// <summary>Every unit is paid for.</summary>
    public const string SoldOut = "sold_out";

    /// <summary>Staff ended it.</summary>
    public const string EndedByStaff = "ended_by_staff";

    /// <summary>Stock has not enough units to set aside.</summary>
    public const string OutOfStock = "out_of_stock";
}

/// <summary>
/// A sale's state machine: draft → scheduling → scheduled → live → ended. Verbs answer the sale as it is afterwards; what does not fit
/// the state changes nothing, so that each may be repeated.
/// </summary>
/// <param name="Terms">What it offers.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Units">What stock knows of its units.</param>
/// <param name="Reason">One of <see cref="FlashSaleReasons"/>; null where there is nothing to say.</param>
public sealed record FlashSale(FlashSaleTerms Terms, FlashSaleStatus Status = FlashSaleStatus.Draft, SetAside Units = SetAside.No, string? Reason = null)
{
    /// <summary>The reservation in which stock sets a sale's units aside.</summary>
    public static string ReservationOf(string saleId) => "sale-" + saleId;

    /// <summary>Staff want it to take place.</summary>
    public FlashSale Schedule() => Status is FlashSaleStatus.Draft
        ? this with { Status = FlashSaleStatus.Scheduling, Units = SetAside.Asked, Reason = null }
        : this;

    /// <summary>Stock has set the units aside.</summary>
    public FlashSale Confirm() => Status is FlashSaleStatus.Scheduling ? this with { Status = FlashSaleStatus.Scheduled, Units = SetAside.Yes } : this;

    /// <summary>Stock has not enough, and set nothing aside.</summary>
    public FlashSale Refuse() => Status is FlashSaleStatus.Scheduling
        ? this with { Status = FlashSaleStatus.Draft, Units = SetAside.No, Reason = FlashSaleReasons.OutOfStock }
        : this;

    /// <summary>Time has passed, or every unit is paid for.</summary>
    public FlashSale Advance(DateTimeOffset now, bool isSoldOut)
    {
        if (Status is FlashSaleStatus.Draft or FlashSaleStatus.Ended)
            return this;
        if (now >= Terms.EndsAt)
            return End(FlashSaleReasons.TimeOver);
        if (isSoldOut)
            return End(FlashSaleReasons.SoldOut);
        return Status is FlashSaleStatus.Scheduled && now >= Terms.StartsAt ? this with { Status = FlashSaleStatus.Live } : this;
    }

    /// <summary>No more units are given out.</summary>
    public FlashSale End(string reason) => Status is FlashSaleStatus.Ended ? this : this with { Status = FlashSaleStatus.Ended, Reason = reason };

    /// <summary>Unsold units are back in stock.</summary>
    public FlashSale ConfirmReturn() => Status is FlashSaleStatus.Ended ? this with { Units = SetAside.Returned } : this;

    /// <summary>Whether stock is to set the units aside now.</summary>
    [JsonIgnore]
    public bool WantsUnits => Status is FlashSaleStatus.Scheduling;

    /// <summary>Whether stock is to take back what is left. Claims that may still be paid for need their units.</summary>
    /// <param name="unsettled">How many those are.</param>
    public bool GivesUnitsBack(int unsettled) => Status is FlashSaleStatus.Ended && unsettled == 0 && Units is (SetAside.Asked or SetAside.Yes);

    /// <summary>When time changes it next; null when it does not.</summary>
    [JsonIgnore]
    public DateTimeOffset? NextChange => Status switch
    {
        FlashSaleStatus.Scheduled => Terms.StartsAt,
        FlashSaleStatus.Scheduling or FlashSaleStatus.Live => Terms.EndsAt,
        _ => null,
    };
}
