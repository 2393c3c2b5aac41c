using NexusCart.Orders.Domain;
using NexusCart.Orders.Errands;
using NexusCart.Orders.Events;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Values;
using Decision = NexusCart.Platform.Actors.ShardDecision<
    NexusCart.Orders.Domain.Order, NexusCart.Orders.Actors.OrderAnswer>;

namespace NexusCart.Orders.Actors;

/// <summary>What each command does to an order after its checkout. What it causes is read off the change itself. Pure.</summary>
public static class AfterSalesDecisions
{
    /// <summary>Decides one command.</summary>
    /// <param name="order">The order.</param>
    /// <param name="command">The command.</param>
    /// <param name="now">The turn's time.</param>
    public static Decision Decide(Order order, AfterSalesCommand command, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(command);
        var (next, denied) = Apply(order, command, now);
        if (denied is not null)
            return ShardDecision.Unchanged<Order, OrderAnswer>(new OrderAnswer(OrderOutcome.Denied, order.Status, order, denied));
        if (ReferenceEquals(next, order))
            return ShardDecision.Unchanged<Order, OrderAnswer>(new OrderAnswer(OrderOutcome.Done, order.Status, order));
        var caused = AfterSalesEvents.Between(order, next);
        if (command.By.IsStaff)
        {
            var care = next.After ?? Aftercare.None;
            next = next with { After = care with { StaffActions = care.StaffActions + 1 } };
            caused.Add(OrderErrands.Audit(next, command, now));
        }

        return ShardDecision.Changed(next, new OrderAnswer(OrderOutcome.Done, next.Status, next), caused);
    }

    private static OrderChange Apply(Order order, AfterSalesCommand command, DateTimeOffset now) => command switch
    {
        PlanShipments => new(order.PlanShipments(now)),
        CreateShipment create => order.CreateShipment(create.Key, create.WarehouseId, create.Lines, create.By, now),
        TrackShipment track => order.TrackShipment(track.ShipmentId, track.Carrier, track.TrackingNumber, track.By, now),
        MoveShipment move => order.MoveShipment(move.ShipmentId, move.To, move.By, now),
        RequestCancel cancel => order.RequestCancel(cancel.Key, cancel.Reason ?? string.Empty, cancel.By, now),
        EndCancel end => new(order.EndCancel(end.CancelId, end.End, now)),
        RequestRefund { Lines: { } lines } refund => order.RefundLines(refund.Key, lines, refund.Shipping, refund.Reason ?? string.Empty, refund.By, now),
        RequestRefund refund => order.RefundAmount(
            refund.Key, new MoneyAmount(refund.MinorUnits, refund.Currency), refund.Reason ?? string.Empty, refund.By, now),
        EndRefund end => new(order.EndRefund(end.RefundId, end.End.Money, end.End.Detail, now)),
        RequestReturn request => order.RequestReturn(request.Key, request.Lines, request.Reason ?? string.Empty, request.By, now, request.Window),
        DecideReturn decide => order.DecideReturn(decide.ReturnId, decide.Approve, decide.Reason ?? string.Empty, decide.By, now),
        ReceiveReturn receive => order.ReceiveReturn(receive.ReturnId, receive.Units, receive.By, now),
        ExpireReturn expire => new(order.ExpireReturn(expire.ReturnId, now)),
        EndReturn end => new(order.EndReturn(end.ReturnId, end.End, now)),
        SettleTask { Retry: true } task => order.RetryTask(task.TaskId, task.Reason ?? string.Empty, task.By, now),
        SettleTask task => order.ResolveTask(task.TaskId, task.Reason ?? string.Empty, task.By, now),
        KeepDocument keep => new(order.KeepDocument(keep.Document)),
        EraseContact erase => new(order.RequestErasure(erase.CustomerId, now)),
        ClaimOrder claim => order.Claim(claim.CustomerId, now),
        _ => throw new ArgumentOutOfRangeException(nameof(command), command, "No such command."),
    };
}
