using System.Text.Json.Serialization;
using NexusCart.Platform.Values;

namespace NexusCart.Orders.Domain;

/// <summary>What came after an order's checkout. Lists only grow, so an entry's place in its list makes its id.</summary>
public sealed record Aftercare
{
    /// <summary>Nothing yet.</summary>
    public static readonly Aftercare None = new();

    /// <summary>Which warehouse gives what, as inventory said; empty where it said nothing.</summary>
    public IReadOnlyList<Allocation> Allocations { get; init; } = [];

    /// <summary>Whether the first shipments were planned.</summary>
    public bool IsPlanned { get; init; }

    /// <summary>What was, or is to be, sent.</summary>
    public IReadOnlyList<Shipment> Shipments { get; init; } = [];

    /// <summary>What was, or is to be, cancelled.</summary>
    public IReadOnlyList<Cancellation> Cancellations { get; init; } = [];

    /// <summary>What was, or is to be, given back.</summary>
    public IReadOnlyList<Refund> Refunds { get; init; } = [];

    /// <summary>What was, or is to be, sent back.</summary>
    public IReadOnlyList<ReturnRequest> Returns { get; init; } = [];

    /// <summary>What did not end by itself.</summary>
    public IReadOnlyList<OrderTask> Tasks { get; init; } = [];

    /// <summary>The numbers of its invoice and credit notes.</summary>
    public IReadOnlyList<IssuedDocument> Documents { get; init; } = [];

    /// <summary>How often staff changed the order: what the entries of the audit log are numbered by.</summary>
    public int StaffActions { get; init; }
}

/// <summary>Units of one SKU that one warehouse gives.</summary>
/// <param name="Sku">The product.</param>
/// <param name="WarehouseId">The warehouse.</param>
/// <param name="Quantity">1 or more.</param>
public sealed record Allocation(string Sku, string WarehouseId, int Quantity);

/// <summary>Units of one SKU.</summary>
/// <param name="Sku">The product.</param>
/// <param name="Quantity">1 or more.</param>
public sealed record Units(string Sku, int Quantity);

/// <summary>Where a shipment stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ShipmentStatus>))]
public enum ShipmentStatus
{
    /// <summary>To be packed.</summary>
    Planned,

    /// <summary>On its way.</summary>
    Shipped,

    /// <summary>Arrived. An end.</summary>
    Delivered,

    /// <summary>Not sent. An end.</summary>
    Cancelled,
}

/// <summary>Units sent together.</summary>
/// <param name="Id"><c>s1</c>, <c>s2</c>, …</param>
/// <param name="WarehouseId">Where they are sent from.</param>
/// <param name="Lines">The units.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="CreatedAt">When it was planned.</param>
/// <param name="Key">What its creation is known by; null where the shop planned it.</param>
public sealed record Shipment(
    string Id, string WarehouseId, IReadOnlyList<Units> Lines, ShipmentStatus Status, DateTimeOffset CreatedAt, RequestKey? Key = null)
{
    /// <summary>Who carries it; empty: not known.</summary>
    public string Carrier { get; init; } = string.Empty;

    /// <summary>Under which number; empty: not known.</summary>
    public string TrackingNumber { get; init; } = string.Empty;

    /// <summary>When it left.</summary>
    public DateTimeOffset? ShippedAt { get; init; }

    /// <summary>When it arrived.</summary>
    public DateTimeOffset? DeliveredAt { get; init; }

    /// <summary>Whether it has left.</summary>
    public bool HasLeft => Status is ShipmentStatus.Shipped or ShipmentStatus.Delivered;
}

/// <summary>What a request is known by when it comes again.</summary>
/// <param name="Id">The hash of caller and idempotency key.</param>
/// <param name="BodyHash">The hash of what it asks for.</param>
public sealed record RequestKey(string Id, string BodyHash);

/// <summary>How far a cancellation or a refund is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SettlementStatus>))]
public enum SettlementStatus
{
    /// <summary>Under way. Its amount is spoken for.</summary>
    Requested,

    /// <summary>Done. An end, but for a refund that the provider takes back later.</summary>
    Done,

    /// <summary>Refused. Nothing was done.</summary>
    Failed,
}

/// <summary>The cancelling of what was not sent.</summary>
/// <param name="Id"><c>c1</c>, <c>c2</c>, …</param>
/// <param name="Key">What its request is known by.</param>
/// <param name="Lines">What is cancelled, by the warehouse that was to send it.</param>
/// <param name="RefundId">The refund it leads to; null where nothing is left to give back.</param>
/// <param name="Reason">For people.</param>
/// <param name="Status">How far it is.</param>
/// <param name="Attempt">1 or more: staff may have it tried again.</param>
public sealed record Cancellation(
    string Id, RequestKey Key, IReadOnlyList<Allocation> Lines, string? RefundId, string Reason, SettlementStatus Status, int Attempt);

/// <summary>Money given back.</summary>
/// <param name="Id"><c>f1</c>, <c>f2</c>, …</param>
/// <param name="Key">What its request is known by; null where a cancellation or a return led to it.</param>
/// <param name="Origin">The cancellation or return it belongs to; null: it stands for itself.</param>
/// <param name="Share">How much, and for what.</param>
/// <param name="Reason">For people.</param>
/// <param name="Status">How far it is.</param>
/// <param name="RequestedAt">When it was asked for.</param>
/// <param name="Attempt">1 or more: staff may have it tried again.</param>
/// <param name="Generation">How often it was refused and asked for anew: each time under a new id at the provider.</param>
public sealed record Refund(
    string Id, RequestKey? Key, string? Origin, RefundShare Share, string Reason, SettlementStatus Status, DateTimeOffset RequestedAt,
    int Attempt = 1, int Generation = 0)
{
    /// <summary>The id under which payments knows it.</summary>
    public string PaymentRefundId => Generation == 0 ? Id : $"{Id}-{Generation}";
}

/// <summary>A part of what was paid.</summary>
/// <param name="Amount">The whole part, taxes and shipping included.</param>
/// <param name="Lines">What of it is for which units; empty for a refund by amount.</param>
/// <param name="Shipping">What of it is for shipping.</param>
/// <param name="Taxes">The taxes contained in it, by rate.</param>
public sealed record RefundShare(
    MoneyAmount Amount, IReadOnlyList<RefundLine> Lines, MoneyAmount Shipping, IReadOnlyList<TaxTotal> Taxes);

/// <summary>What is given back for units.</summary>
/// <param name="Sku">The product.</param>
/// <param name="Quantity">How many units.</param>
/// <param name="Amount">Their share of what was paid.</param>
public sealed record RefundLine(string Sku, int Quantity, MoneyAmount Amount);

/// <summary>Where a return stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReturnStatus>))]
public enum ReturnStatus
{
    /// <summary>Asked for.</summary>
    Requested,

    /// <summary>To be sent in.</summary>
    Approved,

    /// <summary>Not to be sent in. An end.</summary>
    Rejected,

    /// <summary>Arrived; stock and money are being settled.</summary>
    Received,

    /// <summary>Settled. An end.</summary>
    Completed,

    /// <summary>Not decided or not sent in for too long. An end.</summary>
    Expired,
}

/// <summary>Units that a customer sends back.</summary>
/// <param name="Id"><c>r1</c>, <c>r2</c>, …</param>
/// <param name="Key">What its request is known by.</param>
/// <param name="Lines">What he wants to send back.</param>
/// <param name="Reason">Why.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="RequestedAt">When it was asked for.</param>
/// <param name="Attempt">1 or more: staff may have its settlement tried again.</param>
public sealed record ReturnRequest(
    string Id, RequestKey Key, IReadOnlyList<Units> Lines, string Reason, ReturnStatus Status, DateTimeOffset RequestedAt, int Attempt = 1)
{
    /// <summary>What staff told the customer.</summary>
    public string Decision { get; init; } = string.Empty;

    /// <summary>What arrived.</summary>
    public IReadOnlyList<ReceivedUnits> Received { get; init; } = [];

    /// <summary>The refund it led to.</summary>
    public string? RefundId { get; init; }
}

/// <summary>Returned units as they arrived.</summary>
/// <param name="Sku">The product.</param>
/// <param name="Quantity">1 or more.</param>
/// <param name="WarehouseId">Where; empty: inventory's main warehouse.</param>
/// <param name="IsForSale">Whether they can be sold again; else they are thrown away.</param>
public sealed record ReceivedUnits(string Sku, int Quantity, string WarehouseId, bool IsForSale);

/// <summary>Something that did not end by itself and waits for staff.</summary>
/// <param name="Id"><c>t1</c>, <c>t2</c>, …</param>
/// <param name="Kind">One of <see cref="TaskKinds"/>.</param>
/// <param name="Subject">The cancellation, refund or return; empty for the order itself.</param>
/// <param name="Detail">For people.</param>
/// <param name="Since">Since when.</param>
/// <param name="IsOpen">Whether it still waits.</param>
public sealed record OrderTask(string Id, string Kind, string Subject, string Detail, DateTimeOffset Since, bool IsOpen = true);

/// <summary>The kinds of <see cref="OrderTask"/>s.</summary>
public static class TaskKinds
{
    /// <summary>A checkout left something behind.</summary>
    public const string Checkout = "checkout";

    /// <summary>A cancellation is stuck, or was refused.</summary>
    public const string Cancel = "cancel";

    /// <summary>A refund is stuck, or was refused.</summary>
    public const string Refund = "refund";

    /// <summary>The settlement of a return is stuck, or was refused.</summary>
    public const string Return = "return";
}

/// <summary>The number of a document.</summary>
/// <param name="Id"><c>invoice</c>, or <c>credit-</c> and a refund's id.</param>
/// <param name="Number">Its number in its series.</param>
/// <param name="IssuedAt">The date on it.</param>
public sealed record IssuedDocument(string Id, string Number, DateTimeOffset IssuedAt);
