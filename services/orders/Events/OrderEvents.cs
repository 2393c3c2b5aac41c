using NexusCart.Orders.Checkout;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Actors;
using NexusCart.Workflows.Checkout;

namespace NexusCart.Orders.Events;

/// <summary>What an order causes when it changes: public events, and the start of its saga.</summary>
public static class OrderEvents
{
    /// <summary>Topic of everything that happens to orders.</summary>
    public const string Topic = "orders";

    /// <summary>
    /// The saga is to be started. Not published: the shard's dispatcher does it, with the same patience as it publishes events.
    /// It has a key of its own, so that neither holds up the other.
    /// </summary>
    /// <param name="order">The order.</param>
    /// <param name="saga">What its saga is started with.</param>
    public static PendingEvent StartCheckout(Order order, CheckoutInput saga) => PendingEvent.Create(
        $"{order.OrderId}:start",
        CheckoutStart.Type,
        Topic,
        $"{order.OrderId}:start",
        new CheckoutStart(order.CreatedAt, saga),
        OrderEventsJson.Default.CheckoutStart);

    /// <summary>The event of a new order.</summary>
    /// <param name="order">The order.</param>
    public static PendingEvent Placed(Order order) => PendingEvent.Create(
        $"{order.OrderId}:placed",
        OrderPlaced.Type,
        Topic,
        order.OrderId,
        new OrderPlaced(
            order.OrderId, order.CustomerId, order.CartId, LinesOf(order), order.Total.MinorUnits, order.Total.Currency, order.Email,
            order.CreatedAt),
        OrderEventsJson.Default.OrderPlaced);

    /// <summary>The event of a paid order.</summary>
    /// <param name="order">The order.</param>
    public static PendingEvent Paid(Order order) => PendingEvent.Create(
        $"{order.OrderId}:paid",
        OrderPaid.Type,
        Topic,
        order.OrderId,
        new OrderPaid(
            order.OrderId, order.CustomerId, order.CartId, LinesOf(order), order.Total.MinorUnits, order.Total.Currency, order.Email,
            order.UpdatedAt, order.ClaimId, order.IsGuest),
        OrderEventsJson.Default.OrderPaid);

    /// <summary>The event of a cancelled order.</summary>
    /// <param name="order">The order.</param>
    public static PendingEvent Cancelled(Order order) => PendingEvent.Create(
        $"{order.OrderId}:cancelled",
        OrderCancelled.Type,
        Topic,
        order.OrderId,
        new OrderCancelled(
            order.OrderId, order.CustomerId, order.CartId, order.Reason ?? string.Empty, order.Email, order.UpdatedAt, order.ClaimId),
        OrderEventsJson.Default.OrderCancelled);

    /// <summary>The event of an order whose contact data went.</summary>
    /// <param name="order">The order.</param>
    public static PendingEvent ContactErased(Order order) => PendingEvent.Create(
        $"{order.OrderId}:contact-erased",
        OrderContactErased.Type,
        Topic,
        order.OrderId,
        new OrderContactErased(order.OrderId, order.CustomerId, order.UpdatedAt),
        OrderEventsJson.Default.OrderContactErased);

    private static List<OrderEventLine> LinesOf(Order order) =>
        [.. order.Lines.Select(line => new OrderEventLine(line.Sku, line.Title, line.Quantity, line.UnitPrice.MinorUnits))];
}
