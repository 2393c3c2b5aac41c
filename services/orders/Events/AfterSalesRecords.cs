namespace NexusCart.Orders.Events;

/// <summary>
/// The payload of the events of a shipment: the shipment after the change. Types: <c>order.shipment_created.v1</c>,
/// <c>order.shipment_shipped.v1</c>, <c>order.shipment_delivered.v1</c>, <c>order.shipment_cancelled.v1</c>.
/// </summary>
/// <param name="OrderId">The order.</param>
/// <param name="CustomerId">Whose it is.</param>
/// <param name="Email">Where news of it go.</param>
/// <param name="ShipmentId">The shipment, within the order.</param>
/// <param name="WarehouseId">Where it is sent from.</param>
/// <param name="Lines">What is in it.</param>
/// <param name="Carrier">Who carries it; may be empty.</param>
/// <param name="TrackingNumber">Under which number; may be empty.</param>
/// <param name="At">When.</param>
public sealed record ShipmentChanged(
    string OrderId,
    string CustomerId,
    string Email,
    string ShipmentId,
    string WarehouseId,
    IReadOnlyList<OrderEventUnits> Lines,
    string Carrier,
    string TrackingNumber,
    DateTimeOffset At)
{
    /// <summary>CloudEvents type: it is to be packed.</summary>
    public const string Created = "order.shipment_created.v1";

    /// <summary>CloudEvents type: it has left.</summary>
    public const string Shipped = "order.shipment_shipped.v1";

    /// <summary>CloudEvents type: it has arrived.</summary>
    public const string Delivered = "order.shipment_delivered.v1";

    /// <summary>CloudEvents type: it is not to be sent.</summary>
    public const string Cancelled = "order.shipment_cancelled.v1";
}

/// <summary><c>order.refunded.v1</c>: money was given back.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="CustomerId">Whose it is.</param>
/// <param name="Email">Where news of it go.</param>
/// <param name="RefundId">The refund, within the order.</param>
/// <param name="AmountMinorUnits">What was given back now, in minor units.</param>
/// <param name="RefundedMinorUnits">What was given back of the order in all, in minor units.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Lines">The units it is for; empty where it is for none in particular.</param>
/// <param name="Reason">For people.</param>
/// <param name="At">When.</param>
public sealed record OrderRefunded(
    string OrderId,
    string CustomerId,
    string Email,
    string RefundId,
    long AmountMinorUnits,
    long RefundedMinorUnits,
    string Currency,
    IReadOnlyList<OrderEventUnits> Lines,
    string Reason,
    DateTimeOffset At)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "order.refunded.v1";
}

/// <summary><c>order.revoked.v1</c>: units of a paid order were cancelled before they were sent; they are back in stock, and their money is on its way or back.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="CustomerId">Whose it is.</param>
/// <param name="Email">Where news of it go.</param>
/// <param name="CancelId">The cancellation, within the order.</param>
/// <param name="Lines">What was cancelled.</param>
/// <param name="IsWhole">Whether nothing is left of the order.</param>
/// <param name="Reason">For people.</param>
/// <param name="At">When.</param>
/// <param name="PromotionIds">The promotions it used; absent for none.</param>
public sealed record OrderRevoked(
    string OrderId,
    string CustomerId,
    string Email,
    string CancelId,
    IReadOnlyList<OrderEventUnits> Lines,
    bool IsWhole,
    string Reason,
    DateTimeOffset At,
    IReadOnlyList<string>? PromotionIds = null)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "order.revoked.v1";
}

/// <summary><c>order.return_changed.v1</c>: a return was asked for or has moved on.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="CustomerId">Whose it is.</param>
/// <param name="Email">Where news of it go.</param>
/// <param name="ReturnId">The return, within the order.</param>
/// <param name="Status">"requested", "approved", "rejected", "received", "completed" or "expired".</param>
/// <param name="Lines">What is sent back: what was asked for, and once it arrived, what arrived.</param>
/// <param name="Decision">What staff told the customer; may be empty.</param>
/// <param name="At">When.</param>
public sealed record ReturnChanged(
    string OrderId,
    string CustomerId,
    string Email,
    string ReturnId,
    string Status,
    IReadOnlyList<OrderEventUnits> Lines,
    string Decision,
    DateTimeOffset At)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "order.return_changed.v1";
}

/// <summary>Units of an order in its events.</summary>
/// <param name="Sku">The product.</param>
/// <param name="Quantity">1 or more.</param>
public sealed record OrderEventUnits(string Sku, int Quantity);
