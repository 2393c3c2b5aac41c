using System.Collections.Frozen;

namespace NexusCart.Orders.Domain;

/// <summary>How far the goods of an order are: what the guards of <see cref="OrderTransitions"/> look at. Cancelled units do not count.</summary>
public enum GoodsProgress
{
    /// <summary>Nothing was sent.</summary>
    NoneShipped,

    /// <summary>Some units were sent, others not.</summary>
    SomeShipped,

    /// <summary>Every unit was sent, and not all have arrived.</summary>
    AllShipped,

    /// <summary>Every unit has arrived.</summary>
    AllDelivered,
}

/// <summary>A row of the state machine.</summary>
/// <param name="From">The present status.</param>
/// <param name="On">What happens.</param>
/// <param name="To">The next status.</param>
/// <param name="Guard">How far the goods must be; null: that does not matter.</param>
public sealed record OrderTransition(OrderStatus From, OrderTrigger On, OrderStatus To, GoodsProgress? Guard = null);

/// <summary>
/// The order's state machine, whole. What is not listed does not happen: a trigger that comes late or twice leaves the order
/// as it is, because the sagas' steps run at least once.
/// <para>
/// The status says how checkout and goods stand. The money is a dimension of its own (<see cref="PaymentState"/>), told by amounts: an order
/// may be refunded in part or whole wherever its goods are, and the product of both would be four times as many states that say no more.
/// </para>
/// </summary>
public static class OrderTransitions
{
    /// <summary>Every row. For one status and trigger there is either one row without a guard, or rows whose guards exclude each other.</summary>
    public static IReadOnlyList<OrderTransition> Rows { get; } =
    [
        new(OrderStatus.Starting, OrderTrigger.Begin, OrderStatus.Processing),
        new(OrderStatus.Starting, OrderTrigger.Abandon, OrderStatus.Cancelled),

        new(OrderStatus.Processing, OrderTrigger.RequireAction, OrderStatus.ActionRequired),
        new(OrderStatus.Processing, OrderTrigger.Complete, OrderStatus.Paid),
        new(OrderStatus.Processing, OrderTrigger.Cancel, OrderStatus.Cancelled),
        new(OrderStatus.Processing, OrderTrigger.Park, OrderStatus.NeedsAttention),

        new(OrderStatus.ActionRequired, OrderTrigger.Resume, OrderStatus.Processing),
        // The report that the customer acted may be lost; the end is not.
        new(OrderStatus.ActionRequired, OrderTrigger.Complete, OrderStatus.Paid),
        new(OrderStatus.ActionRequired, OrderTrigger.Cancel, OrderStatus.Cancelled),
        new(OrderStatus.ActionRequired, OrderTrigger.Park, OrderStatus.NeedsAttention),

        new(OrderStatus.NeedsAttention, OrderTrigger.Retry, OrderStatus.Processing),
        new(OrderStatus.NeedsAttention, OrderTrigger.Resolve, OrderStatus.Cancelled),

        new(OrderStatus.Paid, OrderTrigger.Ship, OrderStatus.PartiallyShipped, GoodsProgress.SomeShipped),
        new(OrderStatus.Paid, OrderTrigger.Ship, OrderStatus.Shipped, GoodsProgress.AllShipped),
        new(OrderStatus.PartiallyShipped, OrderTrigger.Ship, OrderStatus.Shipped, GoodsProgress.AllShipped),
        new(OrderStatus.Shipped, OrderTrigger.Deliver, OrderStatus.Delivered, GoodsProgress.AllDelivered),

        new(OrderStatus.Paid, OrderTrigger.RequestCancel, OrderStatus.Cancelling, GoodsProgress.NoneShipped),
        new(OrderStatus.PartiallyShipped, OrderTrigger.RequestCancel, OrderStatus.Cancelling, GoodsProgress.SomeShipped),
        // What was to be cancelled is: nothing is left of the order, or what had been sent before.
        new(OrderStatus.Cancelling, OrderTrigger.Revoke, OrderStatus.Cancelled, GoodsProgress.NoneShipped),
        new(OrderStatus.Cancelling, OrderTrigger.Revoke, OrderStatus.Shipped, GoodsProgress.AllShipped),
        new(OrderStatus.Cancelling, OrderTrigger.Revoke, OrderStatus.Delivered, GoodsProgress.AllDelivered),
        // The money could not be given back: the order stands as before.
        new(OrderStatus.Cancelling, OrderTrigger.Reopen, OrderStatus.Paid, GoodsProgress.NoneShipped),
        new(OrderStatus.Cancelling, OrderTrigger.Reopen, OrderStatus.PartiallyShipped, GoodsProgress.SomeShipped),
    ];

    private static readonly FrozenDictionary<(OrderStatus From, OrderTrigger On, GoodsProgress Guard), OrderStatus> Table =
        Rows.SelectMany(row => (row.Guard is { } guard ? [guard] : Enum.GetValues<GoodsProgress>())
            .Select(progress => KeyValuePair.Create((row.From, row.On, progress), row.To))).ToFrozenDictionary();

    /// <summary>The status a trigger leads to; null when it leads nowhere.</summary>
    /// <param name="from">The present status.</param>
    /// <param name="trigger">The trigger.</param>
    /// <param name="progress">How far the goods are, with what the trigger tells.</param>
    public static OrderStatus? Next(OrderStatus from, OrderTrigger trigger, GoodsProgress progress = GoodsProgress.NoneShipped) =>
        Table.TryGetValue((from, trigger, progress), out var next) ? next : null;

    /// <summary>Whether the checkout saga has nothing more to do with an order in this status.</summary>
    /// <param name="status">The status.</param>
    public static bool IsEnd(OrderStatus status) =>
        status is not (OrderStatus.Starting or OrderStatus.Processing or OrderStatus.ActionRequired);

    /// <summary>Whether an order in this status was paid and is not cancelled.</summary>
    /// <param name="status">The status.</param>
    public static bool IsSold(OrderStatus status) => status
        is OrderStatus.Paid or OrderStatus.PartiallyShipped or OrderStatus.Shipped or OrderStatus.Delivered or OrderStatus.Cancelling;
}
