using NexusCart.Orders.Domain;

namespace NexusCart.Orders.Actors;

/// <summary>What can be asked of an order after its checkout. The answer always has the order.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="By">Who asks.</param>
/// <param name="Reason">Why, for people; null where nobody is asked.</param>
public abstract record AfterSalesCommand(string OrderId, Performer By, string? Reason = null) : OrderCommand;

/// <summary>Plans the first shipments.</summary>
/// <param name="OrderId">The order.</param>
public sealed record PlanShipments(string OrderId) : AfterSalesCommand(OrderId, Performer.Shop);

/// <summary>See <see cref="Order.CreateShipment"/>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="By">Who asks.</param>
/// <param name="Key">What the request is known by.</param>
/// <param name="WarehouseId">Where it is sent from; may be empty.</param>
/// <param name="Lines">The units.</param>
public sealed record CreateShipment(string OrderId, Performer By, RequestKey Key, string WarehouseId, IReadOnlyList<Units> Lines)
    : AfterSalesCommand(OrderId, By);

/// <summary>See <see cref="Order.TrackShipment"/>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="By">Who asks.</param>
/// <param name="ShipmentId">The shipment.</param>
/// <param name="Carrier">Who carries it.</param>
/// <param name="TrackingNumber">Under which number.</param>
public sealed record TrackShipment(string OrderId, Performer By, string ShipmentId, string Carrier, string TrackingNumber)
    : AfterSalesCommand(OrderId, By);

/// <summary>See <see cref="Order.MoveShipment"/>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="By">Who asks.</param>
/// <param name="ShipmentId">The shipment.</param>
/// <param name="To">Where it stands now.</param>
/// <param name="Reason">For people.</param>
public sealed record MoveShipment(string OrderId, Performer By, string ShipmentId, ShipmentStatus To, string? Reason)
    : AfterSalesCommand(OrderId, By, Reason);

/// <summary>See <see cref="Order.RequestCancel"/>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="By">Who asks.</param>
/// <param name="Key">What the request is known by.</param>
/// <param name="Reason">For people.</param>
public sealed record RequestCancel(string OrderId, Performer By, RequestKey Key, string? Reason) : AfterSalesCommand(OrderId, By, Reason);

/// <summary>See <see cref="Order.EndCancel"/>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="CancelId">The cancellation.</param>
/// <param name="End">How it ended.</param>
public sealed record EndCancel(string OrderId, string CancelId, SettlementEnd End) : AfterSalesCommand(OrderId, Performer.Shop);

/// <summary>See <see cref="Order.RefundLines"/> and <see cref="Order.RefundAmount"/>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="By">Who asks.</param>
/// <param name="Key">What the request is known by.</param>
/// <param name="Lines">The units; null for a refund by amount.</param>
/// <param name="Shipping">Whether the shipping is given back, too.</param>
/// <param name="MinorUnits">The amount; 0 for a refund by lines.</param>
/// <param name="Currency">Its currency; empty for a refund by lines.</param>
/// <param name="Reason">For people.</param>
public sealed record RequestRefund(
    string OrderId, Performer By, RequestKey Key, IReadOnlyList<Units>? Lines, bool Shipping, long MinorUnits, string Currency, string? Reason)
    : AfterSalesCommand(OrderId, By, Reason);

/// <summary>See <see cref="Order.EndRefund"/>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="RefundId">The refund.</param>
/// <param name="End">How it ended.</param>
public sealed record EndRefund(string OrderId, string RefundId, SettlementEnd End) : AfterSalesCommand(OrderId, Performer.Shop);

/// <summary>See <see cref="Order.RequestReturn"/>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="By">Who asks.</param>
/// <param name="Key">What the request is known by.</param>
/// <param name="Lines">The units.</param>
/// <param name="Reason">For people.</param>
/// <param name="Window">How long after their delivery units can be sent back; null: for ever.</param>
public sealed record RequestReturn(
    string OrderId, Performer By, RequestKey Key, IReadOnlyList<Units> Lines, string? Reason, TimeSpan? Window = null)
    : AfterSalesCommand(OrderId, By, Reason);

/// <summary>See <see cref="Order.DecideReturn"/>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="By">Who asks.</param>
/// <param name="ReturnId">The return.</param>
/// <param name="Approve">Whether it is approved.</param>
/// <param name="Reason">For the customer.</param>
public sealed record DecideReturn(string OrderId, Performer By, string ReturnId, bool Approve, string? Reason)
    : AfterSalesCommand(OrderId, By, Reason);

/// <summary>See <see cref="Order.ReceiveReturn"/>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="By">Who asks.</param>
/// <param name="ReturnId">The return.</param>
/// <param name="Units">What arrived.</param>
/// <param name="Reason">For people.</param>
public sealed record ReceiveReturn(string OrderId, Performer By, string ReturnId, IReadOnlyList<ReceivedUnits> Units, string? Reason)
    : AfterSalesCommand(OrderId, By, Reason);

/// <summary>See <see cref="Order.ExpireReturn"/>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="ReturnId">The return.</param>
public sealed record ExpireReturn(string OrderId, string ReturnId) : AfterSalesCommand(OrderId, Performer.Shop);

/// <summary>See <see cref="Order.EndReturn"/>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="ReturnId">The return.</param>
/// <param name="End">How it ended.</param>
public sealed record EndReturn(string OrderId, string ReturnId, SettlementEnd End) : AfterSalesCommand(OrderId, Performer.Shop);

/// <summary>See <see cref="Order.RetryTask"/> and <see cref="Order.ResolveTask"/>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="By">Who asks.</param>
/// <param name="TaskId">The task.</param>
/// <param name="Retry">Tried again; else it was settled by hand.</param>
/// <param name="Reason">For people.</param>
public sealed record SettleTask(string OrderId, Performer By, string TaskId, bool Retry, string? Reason) : AfterSalesCommand(OrderId, By, Reason);

/// <summary>Keeps the number of a document.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Document">The document.</param>
public sealed record KeepDocument(string OrderId, IssuedDocument Document) : AfterSalesCommand(OrderId, Performer.Shop);

/// <summary>See <see cref="Order.RequestErasure"/>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="CustomerId">The customer whose account was erased.</param>
public sealed record EraseContact(string OrderId, string CustomerId) : AfterSalesCommand(OrderId, Performer.Shop);

/// <summary>See <see cref="Order.Claim"/>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="CustomerId">The account.</param>
public sealed record ClaimOrder(string OrderId, string CustomerId) : AfterSalesCommand(OrderId, Performer.Customer);
