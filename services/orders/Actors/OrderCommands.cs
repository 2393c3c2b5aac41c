using System.Text.Json.Serialization;
using NexusCart.Orders.Domain;
using NexusCart.Workflows.Checkout;

namespace NexusCart.Orders.Actors;

/// <summary>What an order's shard can be asked to do. All are idempotent.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "do")]
[JsonDerivedType(typeof(PlaceOrder), "place")]
[JsonDerivedType(typeof(FindOrder), "find")]
[JsonDerivedType(typeof(ReadOrder), "read")]
[JsonDerivedType(typeof(BeginOrder), "begin")]
[JsonDerivedType(typeof(ReportSteps), "report")]
[JsonDerivedType(typeof(RequireCustomerAction), "require-action")]
[JsonDerivedType(typeof(CompleteOrder), "complete")]
[JsonDerivedType(typeof(CancelOrder), "cancel")]
[JsonDerivedType(typeof(ParkOrder), "park")]
[JsonDerivedType(typeof(AbandonOrder), "abandon")]
[JsonDerivedType(typeof(PlanShipments), "plan-shipments")]
[JsonDerivedType(typeof(CreateShipment), "create-shipment")]
[JsonDerivedType(typeof(TrackShipment), "track-shipment")]
[JsonDerivedType(typeof(MoveShipment), "move-shipment")]
[JsonDerivedType(typeof(RequestCancel), "request-cancel")]
[JsonDerivedType(typeof(EndCancel), "end-cancel")]
[JsonDerivedType(typeof(RequestRefund), "request-refund")]
[JsonDerivedType(typeof(EndRefund), "end-refund")]
[JsonDerivedType(typeof(RequestReturn), "request-return")]
[JsonDerivedType(typeof(DecideReturn), "decide-return")]
[JsonDerivedType(typeof(ReceiveReturn), "receive-return")]
[JsonDerivedType(typeof(ExpireReturn), "expire-return")]
[JsonDerivedType(typeof(EndReturn), "end-return")]
[JsonDerivedType(typeof(SettleTask), "settle-task")]
[JsonDerivedType(typeof(KeepDocument), "keep-document")]
[JsonDerivedType(typeof(ClaimOrder), "claim")]
[JsonDerivedType(typeof(EraseContact), "erase-contact")]
public abstract record OrderCommand;

/// <summary>Records an order as starting, unless its customer's key was used before.</summary>
/// <param name="Candidate">The order to record.</param>
/// <param name="Saga">What its saga is started with.</param>
public sealed record PlaceOrder(Order Candidate, CheckoutInput Saga) : OrderCommand;

/// <summary>Finds the order of a customer's key.</summary>
/// <param name="CustomerId">The customer.</param>
/// <param name="IdempotencyKey">His key.</param>
/// <param name="BodyHash">The hash of the request that carries it.</param>
public sealed record FindOrder(string CustomerId, string IdempotencyKey, string BodyHash) : OrderCommand;

/// <summary>Reads an order.</summary>
/// <param name="OrderId">Its id.</param>
/// <param name="Echo">Whether the order is to be answered, or its status alone.</param>
public sealed record ReadOrder(string OrderId, bool Echo) : OrderCommand;

/// <summary>The saga's first step asks whether it may run.</summary>
/// <param name="OrderId">The order.</param>
public sealed record BeginOrder(string OrderId) : OrderCommand;

/// <summary>Steps of the saga, as they happen.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Entries">The steps.</param>
public sealed record ReportSteps(string OrderId, IReadOnlyList<HistoryEntry> Entries) : OrderCommand;

/// <summary>The customer must act.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Action">What he needs for it.</param>
/// <param name="Entry">The step that wants it.</param>
/// <param name="Echo">Whether the changed order is to be answered, because somebody waits for it.</param>
public sealed record RequireCustomerAction(string OrderId, PaymentAction Action, HistoryEntry Entry, bool Echo) : OrderCommand;

/// <summary>The checkout succeeded.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="History">The whole saga.</param>
/// <param name="Echo">As in <see cref="RequireCustomerAction"/>.</param>
/// <param name="Allocations">Which warehouse gives what; null where inventory does not say.</param>
public sealed record CompleteOrder(
    string OrderId, IReadOnlyList<HistoryEntry> History, bool Echo, IReadOnlyList<Allocation>? Allocations = null) : OrderCommand;

/// <summary>The checkout failed and left nothing behind.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Reason">Machine-readable.</param>
/// <param name="Detail">For people.</param>
/// <param name="History">The whole saga.</param>
/// <param name="Echo">As in <see cref="RequireCustomerAction"/>.</param>
public sealed record CancelOrder(
    string OrderId, string Reason, string Detail, IReadOnlyList<HistoryEntry> History, bool Echo) : OrderCommand;

/// <summary>The checkout failed and left something behind.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Reason">Machine-readable.</param>
/// <param name="Detail">For people.</param>
/// <param name="History">The whole saga.</param>
/// <param name="Echo">As in <see cref="RequireCustomerAction"/>.</param>
public sealed record ParkOrder(
    string OrderId, string Reason, string Detail, IReadOnlyList<HistoryEntry> History, bool Echo) : OrderCommand;

/// <summary>Gives up an order whose saga could not be started.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Reason">Machine-readable.</param>
/// <param name="Detail">For people.</param>
public sealed record AbandonOrder(string OrderId, string Reason, string Detail) : OrderCommand;

/// <summary>How a command went.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OrderOutcome>))]
public enum OrderOutcome
{
    /// <summary>Done, now or by an earlier command of the same kind.</summary>
    Done,

    /// <summary>The order was recorded by this command.</summary>
    Created,

    /// <summary>The key had led to an order before; that order is the answer.</summary>
    Existing,

    /// <summary>The key was used with another body.</summary>
    KeyReused,

    /// <summary>There is no such order.</summary>
    Missing,

    /// <summary>The order's status does not allow it any more.</summary>
    TooLate,

    /// <summary>The order does not allow it; the answer says why.</summary>
    Denied,
}

/// <summary>The answer to a command.</summary>
/// <param name="Outcome">How it went.</param>
/// <param name="Status">Where the order stands now; null when there is none.</param>
/// <param name="Order">The order, where the command asks for it.</param>
/// <param name="Denied">Why it was denied.</param>
public sealed record OrderAnswer(OrderOutcome Outcome, OrderStatus? Status = null, Order? Order = null, Denial? Denied = null);
