using NexusCart.Orders.Domain;
using NexusCart.Orders.Errands;
using NexusCart.Orders.Events;
using NexusCart.Platform.Actors;
using Decision = NexusCart.Platform.Actors.ShardDecision<
    NexusCart.Orders.Domain.Order, NexusCart.Orders.Actors.OrderAnswer>;

namespace NexusCart.Orders.Actors;

/// <summary>What each command does to an order, and the events it causes. Pure.</summary>
public static class OrderDecisions
{
    /// <summary>Decides one command.</summary>
    /// <param name="order">The order in the command's slot; null when there is none.</param>
    /// <param name="command">The command.</param>
    /// <param name="now">The turn's time.</param>
    public static Decision Decide(Order? order, OrderCommand command, DateTimeOffset now) => Erased(DecideOne(order, command, now), now);

    // Whatever closes an order of an erased customer takes its contact data along, in the same turn. What the change itself causes still has them.
    private static Decision Erased(Decision decision, DateTimeOffset now)
    {
        var erased = decision.Next?.EraseIfDue(now);
        if (erased is null || ReferenceEquals(erased, decision.Next))
            return decision;
        var answer = decision.Answer.Order is null ? decision.Answer : decision.Answer with { Order = erased };
        return ShardDecision.Changed(erased, answer, [.. decision.Events, OrderEvents.ContactErased(erased), OrderErrands.Purge(erased)]);
    }

    private static Decision DecideOne(Order? order, OrderCommand command, DateTimeOffset now) => command switch
    {
        PlaceOrder place => Place(order, place, now),
        FindOrder find => Find(order, find.CustomerId, find.IdempotencyKey, find.BodyHash),
        ReadOrder read => With(order, read.OrderId, known => Unchanged(OrderOutcome.Done, known, read.Echo)),
        BeginOrder begin => With(order, begin.OrderId, known => Begin(known, now)),
        ReportSteps report => With(order, report.OrderId, known => Changed(known, known.Report(report.Entries, now), echo: false)),
        RequireCustomerAction require => With(order, require.OrderId, known => Changed(
            known, known.RequireAction(require.Action, require.Entry, now), require.Echo)),
        CompleteOrder complete => With(order, complete.OrderId, known => End(
            known, known.Complete(complete.History, now, complete.Allocations), OrderStatus.Paid, complete.Echo, OrderEvents.Paid)),
        CancelOrder cancel => With(order, cancel.OrderId, known => End(
            known, known.Cancel(cancel.Reason, cancel.Detail, cancel.History, now), OrderStatus.Cancelled, cancel.Echo, OrderEvents.Cancelled)),
        ParkOrder park => With(order, park.OrderId, known => End(
            known, known.Park(park.Reason, park.Detail, park.History, now), OrderStatus.NeedsAttention, park.Echo, null)),
        AbandonOrder abandon => With(order, abandon.OrderId, known => End(
            known, known.Abandon(abandon.Reason, abandon.Detail, now), OrderStatus.Cancelled, echo: false, OrderEvents.Cancelled)),
        AfterSalesCommand after => With(order, after.OrderId, known => AfterSalesDecisions.Decide(known, after, now)),
        _ => throw new ArgumentOutOfRangeException(nameof(command), command, "No such command."),
    };

    private static Decision Place(Order? order, PlaceOrder place, DateTimeOffset now)
    {
        var candidate = place.Candidate;
        if (order is not null)
            return Find(order, candidate.CustomerId, candidate.IdempotencyKey, candidate.BodyHash);

        var placed = candidate with { CreatedAt = now, UpdatedAt = now };
        return ShardDecision.Changed(
            placed,
            new OrderAnswer(OrderOutcome.Created, placed.Status, placed),
            OrderEvents.StartCheckout(placed, place.Saga),
            OrderEvents.Placed(placed));
    }

    private static Decision Find(Order? order, string customerId, string key, string bodyHash)
    {
        if (order is null)
            return Missing;
        // Another customer or key in the same slot is a collision of hashes: refused like a reused key, never mixed up.
        var same = order.CustomerId == customerId && order.IdempotencyKey == key && order.BodyHash == bodyHash;
        return same
            ? Unchanged(OrderOutcome.Existing, order, echo: true)
            : ShardDecision.Unchanged<Order, OrderAnswer>(new OrderAnswer(OrderOutcome.KeyReused));
    }

    // A saga may begin as often as it likes (its first step may run twice), but not once the order is at an end.
    private static Decision Begin(Order order, DateTimeOffset now) => order.IsAtEnd
        ? Unchanged(OrderOutcome.TooLate, order, echo: false)
        : Changed(order, order.Begin(now), echo: false);

    private static Decision End(
        Order before, Order after, OrderStatus wanted, bool echo, Func<Order, PendingEvent>? tell)
    {
        if (after.Status != wanted && !HasMovedOn(before, wanted))
            return Unchanged(OrderOutcome.TooLate, before, echo);
        if (ReferenceEquals(before, after))
            return Unchanged(OrderOutcome.Done, before, echo);
        List<PendingEvent> caused = [.. OrderErrands.Notes(before, after)];
        if (tell is not null)
            caused.Add(tell(after));
        return ShardDecision.Changed(after, Answer(OrderOutcome.Done, after, echo), caused);
    }

    // The end was written down before, and the order has gone on from there: to say so once more is no contradiction.
    private static bool HasMovedOn(Order order, OrderStatus from) => from switch
    {
        OrderStatus.Paid => OrderTransitions.IsSold(order.Status) || order.After is { Cancellations.Count: > 0 },
        OrderStatus.NeedsAttention => order is { Status: OrderStatus.Cancelled, Reason: CancelReasons.Resolved },
        _ => false,
    };

    private static Decision Missing => ShardDecision.Unchanged<Order, OrderAnswer>(new OrderAnswer(OrderOutcome.Missing));

    private static Decision With(Order? order, string orderId, Func<Order, Decision> decide) =>
        order is not null && order.OrderId == orderId ? decide(order) : Missing;

    private static Decision Changed(Order before, Order after, bool echo) => ReferenceEquals(before, after)
        ? Unchanged(OrderOutcome.Done, before, echo)
        : ShardDecision.Changed(after, Answer(OrderOutcome.Done, after, echo));

    private static Decision Unchanged(OrderOutcome outcome, Order order, bool echo) =>
        ShardDecision.Unchanged<Order, OrderAnswer>(Answer(outcome, order, echo));

    private static OrderAnswer Answer(OrderOutcome outcome, Order order, bool echo) =>
        new(outcome, order.Status, echo ? order : null);
}
