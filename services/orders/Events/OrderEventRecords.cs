using System.Text.Json;
using System.Text.Json.Serialization;
using NexusCart.Orders.Checkout;
using NexusCart.Orders.Errands;
using NexusCart.Workflows.Checkout;
using NexusCart.Workflows.Returns;

namespace NexusCart.Orders.Events;

/// <summary><c>order.placed.v1</c>: an order was recorded; its checkout is about to start.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="CustomerId">Whose it is.</param>
/// <param name="CartId">The cart it came from.</param>
/// <param name="Lines">What is to be bought.</param>
/// <param name="TotalMinorUnits">What is to be paid, in minor units.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Email">Where the customer is written to.</param>
/// <param name="At">When.</param>
public sealed record OrderPlaced(
    string OrderId,
    string CustomerId,
    string CartId,
    IReadOnlyList<OrderEventLine> Lines,
    long TotalMinorUnits,
    string Currency,
    string Email,
    DateTimeOffset At)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "order.placed.v1";
}

/// <summary><c>order.paid.v1</c>: the money is captured and the stock is sold.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="CustomerId">Whose it is.</param>
/// <param name="CartId">The cart it came from, which is to be cleared.</param>
/// <param name="Lines">What was bought.</param>
/// <param name="TotalMinorUnits">What was paid, in minor units.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Email">Where the receipt goes.</param>
/// <param name="At">When.</param>
/// <param name="ClaimId">The flash-sale claim it bought; absent for an order from a cart.</param>
/// <param name="IsGuest">Whether somebody without an account placed it: whoever reads the mail to its address may claim it.</param>
public sealed record OrderPaid(
    string OrderId,
    string CustomerId,
    string CartId,
    IReadOnlyList<OrderEventLine> Lines,
    long TotalMinorUnits,
    string Currency,
    string Email,
    DateTimeOffset At,
    string? ClaimId = null,
    bool IsGuest = false)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "order.paid.v1";
}

/// <summary><c>order.cancelled.v1</c>: the checkout failed; nothing is held and nothing was charged. A paid order that is cancelled is told by <c>order.revoked.v1</c>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="CustomerId">Whose it is.</param>
/// <param name="CartId">The cart it came from.</param>
/// <param name="Reason">Machine-readable: "out_of_stock", "card_declined", …</param>
/// <param name="Email">Where the customer is written to.</param>
/// <param name="At">When.</param>
/// <param name="ClaimId">The flash-sale claim it was to buy; absent for an order from a cart.</param>
public sealed record OrderCancelled(
    string OrderId, string CustomerId, string CartId, string Reason, string Email, DateTimeOffset At, string? ClaimId = null)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "order.cancelled.v1";
}

/// <summary>
/// <c>order.contact_erased.v1</c>: the account of its customer was erased and the order is closed, so it no longer says who he was. Whoever keeps
/// contact data of the order drops them.
/// </summary>
/// <param name="OrderId">The order.</param>
/// <param name="CustomerId">Whose it was: an id that leads to nobody any more.</param>
/// <param name="At">When.</param>
public sealed record OrderContactErased(string OrderId, string CustomerId, DateTimeOffset At)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "order.contact_erased.v1";
}

/// <summary>A line of an order in its events.</summary>
/// <param name="Sku">The product.</param>
/// <param name="Title">Its title when it was bought.</param>
/// <param name="Quantity">Units.</param>
/// <param name="UnitPriceMinorUnits">The price of one unit, in minor units of the order's currency.</param>
public sealed record OrderEventLine(string Sku, string Title, int Quantity, long UnitPriceMinorUnits);

/// <summary>How events of orders are written and those of payments are read.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OrderPlaced))]
[JsonSerializable(typeof(OrderPaid))]
[JsonSerializable(typeof(OrderCancelled))]
[JsonSerializable(typeof(ShipmentChanged))]
[JsonSerializable(typeof(OrderRefunded))]
[JsonSerializable(typeof(OrderRevoked))]
[JsonSerializable(typeof(ReturnChanged))]
[JsonSerializable(typeof(OrderContactErased))]
[JsonSerializable(typeof(CheckoutStart))]
[JsonSerializable(typeof(SagaErrand))]
[JsonSerializable(typeof(SignalErrand))]
[JsonSerializable(typeof(RepairErrand))]
[JsonSerializable(typeof(AuditRecord))]
[JsonSerializable(typeof(TaskNote))]
[JsonSerializable(typeof(ClaimNote))]
[JsonSerializable(typeof(PaperErrand))]
[JsonSerializable(typeof(PurgeErrand))]
[JsonSerializable(typeof(CancelInput))]
[JsonSerializable(typeof(RefundInput))]
[JsonSerializable(typeof(ReturnInput))]
[JsonSerializable(typeof(CheckoutInput))]
[JsonSerializable(typeof(PaymentChanged))]
[JsonSerializable(typeof(PaidOrder))]
[JsonSerializable(typeof(ErasedUser))]
public sealed partial class OrderEventsJson : JsonSerializerContext;
