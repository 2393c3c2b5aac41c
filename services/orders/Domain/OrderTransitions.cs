using System.Collections.Frozen;

namespace NexusCart.Orders.Domain;

/// <summary>
/// The order's state machine, whole. What is not listed does not happen: a trigger that comes late or twice leaves the order
/// as it is, because the saga's steps run at least once.
/// </summary>
public static class OrderTransitions
{
    private static readonly FrozenDictionary<(OrderStatus From, OrderTrigger On), OrderStatus> Table =
        new Dictionary<(OrderStatus From, OrderTrigger On), OrderStatus>
        {
            [(OrderStatus.Starting, OrderTrigger.Begin)] = OrderStatus.Processing,
            [(OrderStatus.Starting, OrderTrigger.Abandon)] = OrderStatus.Cancelled,

            [(OrderStatus.Processing, OrderTrigger.RequireAction)] = OrderStatus.ActionRequired,
            [(OrderStatus.Processing, OrderTrigger.Complete)] = OrderStatus.Paid,
            [(OrderStatus.Processing, OrderTrigger.Cancel)] = OrderStatus.Cancelled,
            [(OrderStatus.Processing, OrderTrigger.Park)] = OrderStatus.NeedsAttention,

            [(OrderStatus.ActionRequired, OrderTrigger.Resume)] = OrderStatus.Processing,
            // The report that the customer acted may be lost; the end is not.
            [(OrderStatus.ActionRequired, OrderTrigger.Complete)] = OrderStatus.Paid,
            [(OrderStatus.ActionRequired, OrderTrigger.Cancel)] = OrderStatus.Cancelled,
            [(OrderStatus.ActionRequired, OrderTrigger.Park)] = OrderStatus.NeedsAttention,
        }.ToFrozenDictionary();

    /// <summary>The status a trigger leads to; null when it leads nowhere.</summary>
    /// <param name="from">The present status.</param>
    /// <param name="trigger">The trigger.</param>
    public static OrderStatus? Next(OrderStatus from, OrderTrigger trigger) =>
        Table.TryGetValue((from, trigger), out var next) ? next : null;

    /// <summary>Whether the saga has nothing more to do with an order in this status.</summary>
    /// <param name="status">The status.</param>
    public static bool IsEnd(OrderStatus status) =>
        status is OrderStatus.Paid or OrderStatus.Cancelled or OrderStatus.NeedsAttention;
}
