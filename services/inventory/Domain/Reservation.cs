namespace NexusCart.Inventory.Domain;

/// <summary>Where a reservation stands.</summary>
public enum ReservationStatus
{
    /// <summary>Units are held.</summary>
    Open,

    /// <summary>The units are sold.</summary>
    Committed,

    /// <summary>Given back, or called off before it arrived.</summary>
    Released,

    /// <summary>Nobody committed it in time.</summary>
    Expired,

    /// <summary>Sold, and the sale was undone.</summary>
    Restocked,
}

/// <summary>Units of one SKU.</summary>
/// <param name="Sku">The SKU.</param>
/// <param name="Quantity">1 to 1,000,000.</param>
public sealed record Units(string Sku, int Quantity);

/// <summary>The part of a reservation that lies on one partition.</summary>
/// <param name="Id">The order id.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Lines">What it holds or sold here; none on its home partition if no SKU of it lives there.</param>
/// <param name="Fingerprint">Of all lines on all partitions, so that the same id with other lines is noticed.</param>
/// <param name="Attempt">The call that made the hold.</param>
/// <param name="ExpiresAt">When an open one gives its units back.</param>
/// <param name="From">The reservation its units were taken from and go back to; null for free stock.</param>
public sealed record Reservation(
    string Id, ReservationStatus Status, IReadOnlyList<Units> Lines, string Fingerprint, string Attempt, DateTimeOffset ExpiresAt,
    string? From = null)
{
    /// <summary>Open, and past its time.</summary>
    public bool IsDue(DateTimeOffset now) => Status is ReservationStatus.Open && ExpiresAt <= now;

    /// <summary>How many units of a SKU it holds.</summary>
    public int Held(string sku) => Lines.FirstOrDefault(line => line.Sku == sku)?.Quantity ?? 0;

    /// <summary>The same with more or, negative, fewer units; a line stays when its last unit goes, so that they can come back.</summary>
    public Reservation With(IReadOnlyList<Units> units, int sign) => this with
    {
        Lines = [.. Lines.Select(line => line with { Quantity = line.Quantity + (sign * (units.FirstOrDefault(unit => unit.Sku == line.Sku)?.Quantity ?? 0)) })],
    };

    /// <summary>The same in another state; what no later verb needs is dropped.</summary>
    public Reservation Become(ReservationStatus status) => this with
    {
        Status = status,
        Lines = status is ReservationStatus.Open or ReservationStatus.Committed ? Lines : [],
        Attempt = status is ReservationStatus.Open ? Attempt : "",
        From = status is ReservationStatus.Open or ReservationStatus.Committed ? From : null,
    };
}
