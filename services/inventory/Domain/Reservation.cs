using System.Text.Json.Serialization;

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

/// <summary>A line of a reservation.</summary>
/// <param name="Sku">The SKU.</param>
/// <param name="Quantity">Units in all.</param>
/// <param name="From">Which warehouse gives what; null in reservations from before there were warehouses.</param>
/// <param name="Waiting">What is still to come; null when nothing is.</param>
public sealed record HeldLine(string Sku, int Quantity, IReadOnlyList<Allocation>? From = null, WaitingUnits? Waiting = null)
{
    /// <summary>Which warehouse gives what.</summary>
    [JsonIgnore]
    public IReadOnlyList<Allocation> Allocations => From ?? [new Allocation(Warehouse.DefaultId, Quantity)];

    /// <summary>Units that a warehouse gives.</summary>
    [JsonIgnore]
    public int Held => Allocations.Sum(allocation => allocation.Quantity);

    /// <summary>A part of it that another reservation takes over: the first units in the order of its warehouses.</summary>
    /// <param name="quantity">Up to <see cref="Held"/>.</param>
    public HeldLine Part(int quantity)
    {
        var parts = new List<Allocation>();
        var rest = quantity;
        foreach (var allocation in Allocations.Where(allocation => allocation.Quantity > 0))
        {
            if (rest == 0)
                break;
            parts.Add(allocation with { Quantity = Math.Min(rest, allocation.Quantity) });
            rest -= parts[^1].Quantity;
        }

        return new HeldLine(Sku, quantity, parts);
    }

    /// <summary>The line without units that were taken out of it.</summary>
    public HeldLine Without(IReadOnlyList<Allocation> taken) => this with
    {
        Quantity = Quantity - taken.Sum(allocation => allocation.Quantity),
        From = [.. Allocations
            .Select(allocation => allocation with { Quantity = allocation.Quantity - taken.Where(part => part.Warehouse == allocation.Warehouse).Sum(part => part.Quantity) })
            .Where(allocation => allocation.Quantity > 0)],
    };

    /// <summary>The line with units that were taken out of it before.</summary>
    public HeldLine With(IReadOnlyList<Allocation> given) => this with
    {
        Quantity = Quantity + given.Sum(allocation => allocation.Quantity),
        From = given.Aggregate(Allocations, (sum, part) => sum.Plus(part.Warehouse, part.Quantity)),
    };

    /// <summary>Units that are still to come are wanted no more.</summary>
    public HeldLine CallOff(int units) => this with
    {
        Quantity = Quantity - units,
        From = Allocations,
        Waiting = Waiting is { } waiting && waiting.Units > units ? waiting with { Units = waiting.Units - units } : null,
    };

    /// <summary>Units came in for it.</summary>
    public HeldLine Fill(string warehouse, int units) => this with
    {
        From = Allocations.Plus(warehouse, units),
        Waiting = Waiting is { } waiting && waiting.Units > units ? waiting with { Units = waiting.Units - units } : null,
    };
}

/// <summary>The part of a reservation that lies on one partition.</summary>
/// <param name="Id">The order id.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Lines">What it holds or sold here; none on its home partition if no SKU of it lives there.</param>
/// <param name="Fingerprint">Of all lines on all partitions, so that the same id with other lines is noticed.</param>
/// <param name="Attempt">The call that made the hold.</param>
/// <param name="ExpiresAt">When an open one gives its units back.</param>
/// <param name="From">The reservation its units were taken from and go back to; null for free stock.</param>
public sealed record Reservation(
    string Id, ReservationStatus Status, IReadOnlyList<HeldLine> Lines, string Fingerprint, string Attempt, DateTimeOffset ExpiresAt,
    string? From = null)
{
    /// <summary>Open, and past its time.</summary>
    public bool IsDue(DateTimeOffset now) => Status is ReservationStatus.Open && ExpiresAt <= now;

    /// <summary>How many units of a SKU it holds; those that are still to come do not count.</summary>
    public int Held(string sku) => Lines.FirstOrDefault(line => line.Sku == sku)?.Held ?? 0;

    /// <summary>The same without units that another reservation takes over; a line stays when its last unit goes, so that they can come back.</summary>
    public Reservation Without(IReadOnlyList<HeldLine> taken) => this with
    {
        Lines = [.. Lines.Select(line => taken.FirstOrDefault(other => other.Sku == line.Sku) is { } other ? line.Without(other.Allocations) : line)],
    };

    /// <summary>The same with units that another reservation gives back.</summary>
    public Reservation With(IReadOnlyList<HeldLine> given) => this with
    {
        Lines = [.. Lines.Select(line => given.FirstOrDefault(other => other.Sku == line.Sku) is { } other ? line.With(other.Allocations) : line)],
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
