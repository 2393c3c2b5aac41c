namespace NexusCart.Orders.Domain;

/// <summary>Cancelling what was not sent.</summary>
public sealed partial record Order
{
    /// <summary>
    /// Begins to cancel everything that was not sent yet: nothing is sent any more, and the money is spoken for. A customer can do so
    /// before anything was sent, staff also afterwards.
    /// </summary>
    /// <param name="key">What the request is known by.</param>
    /// <param name="reason">For people.</param>
    /// <param name="by">Who wants it.</param>
    /// <param name="now">The time.</param>
    public OrderChange RequestCancel(RequestKey key, string reason, Performer by, DateTimeOffset now)
    {
        if (Care.Cancellations.FirstOrDefault(cancellation => cancellation.Key.Id == key.Id) is { } known)
            return Repeated(known.Key, key);
        if (Status is OrderStatus.PartiallyShipped && !by.IsStaff)
            return Denied("already_shipped", "order_id: a part was sent already; ask for a return of it.");
        if (Move(OrderTrigger.RequestCancel, now) is not { } moved)
            return Denied("not_cancellable", $"order_id: an order that is {Status} cannot be cancelled.");
        if (Progress is GoodsProgress.NoneShipped && Refunding.MinorUnits > 0)
            return Denied("refund_under_way", "order_id: money of it is being given back; cancel it when that has ended.");
        if (Care.Cancellations.Count >= MaxParts || Care.Refunds.Count >= MaxParts)
            return Denied("too_many_cancellations", $"order_id: an order has {MaxParts} cancellations and refunds at most.");

        var lines = OpenUnits();
        var share = CancelledShare(lines);
        var refundId = share is null ? null : $"f{Care.Refunds.Count + 1}";
        var cancellation = new Cancellation(
            $"c{Care.Cancellations.Count + 1}", key, lines, refundId, reason, SettlementStatus.Requested, Attempt: 1);
        var held = moved with
        {
            After = Care with
            {
                Cancellations = [.. Care.Cancellations, cancellation],
                Shipments = [.. Care.Shipments.Select(shipment =>
                    shipment.Status is ShipmentStatus.Planned ? shipment with { Status = ShipmentStatus.Cancelled } : shipment)],
            },
        };
        held = held.Noted("cancel", "started", reason, by, cancellation.Id, now);
        return new(share is null ? held : held.Asked(share, null, cancellation.Id, reason, by, now));
    }

    /// <summary>A cancellation came to an end, or is stuck.</summary>
    /// <param name="cancelId">The cancellation.</param>
    /// <param name="end">How.</param>
    /// <param name="now">The time.</param>
    public Order EndCancel(string cancelId, SettlementEnd end, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(end);
        if (Care.Cancellations.FirstOrDefault(known => known.Id == cancelId) is not { Status: SettlementStatus.Requested } cancellation
            || (!end.IsDone && HasOpenTask(TaskKinds.Cancel, cancelId)))
        {
            return this;
        }

        var order = this;
        if (RefundOf(cancellation.RefundId) is { Status: SettlementStatus.Requested } refund)
            order = order.Settled(refund, end.Money, now);

        if (end.Money is StepEnd.Refused && order.With(cancellation with { Status = SettlementStatus.Failed }) is var refused
            && refused.Move(OrderTrigger.Reopen, now) is { } reopened)
        {
            // The undo of the request: the order is open again, and its units are planned anew.
            return reopened.Replan(now)
                .Noted("cancel", "compensated", end.Detail, Performer.Shop, cancelId, now)
                .Opened(TaskKinds.Cancel, cancelId, end.Detail, now);
        }

        if (!end.IsDone)
            return order.Noted("cancel", "failed", end.Detail, Performer.Shop, cancelId, now, again: true).Opened(TaskKinds.Cancel, cancelId, end.Detail, now);

        order = order.With(cancellation with { Status = SettlementStatus.Done }).Noted("cancel", "succeeded", null, Performer.Shop, cancelId, now)
            .Closed(TaskKinds.Cancel, cancelId).Moved(OrderTrigger.Revoke, now);
        return order.Status is OrderStatus.Cancelled
            ? order with { Reason = CancelReasons.Requested, ReasonDetail = cancellation.Reason }
            : order;
    }

    private Refund? RefundOf(string? refundId) => Care.Refunds.FirstOrDefault(refund => refund.Id == refundId);

    private Order With(Cancellation changed) => this with
    {
        After = Care with { Cancellations = [.. Care.Cancellations.Select(known => known.Id == changed.Id ? changed : known)] },
    };

    // By the warehouses that were to send them; what no shipment was planned for lies where inventory says by itself.
    private List<Allocation> OpenUnits()
    {
        var open = Care.Shipments.Where(shipment => shipment.Status is ShipmentStatus.Planned)
            .SelectMany(shipment => shipment.Lines.Select(line => new Allocation(line.Sku, shipment.WarehouseId, line.Quantity)))
            .Concat(Lines.Select(line => new Allocation(line.Sku, MainWarehouse, Unsent(line.Sku) - PlannedUnits(line.Sku))))
            .Where(units => units.Quantity > 0);
        return [.. open.GroupBy(units => (units.Sku, units.WarehouseId))
            .Select(group => new Allocation(group.Key.Sku, group.Key.WarehouseId, group.Sum(units => units.Quantity)))];
    }

    // All that is left when nothing was sent, also the shipping; else the units' share. Null when there is nothing to give back.
    private RefundShare? CancelledShare(IReadOnlyList<Allocation> lines)
    {
        if (Refundable.MinorUnits == 0)
            return null;
        List<Units> units = [.. lines.GroupBy(line => line.Sku, StringComparer.Ordinal)
            .Select(group => new Units(group.Key, Math.Min(group.Sum(line => line.Quantity), Ordered(group.Key) - RefundedUnits(group.Key))))
            .Where(line => line.Quantity > 0)];
        var share = ShareOf(units, shipping: false);
        if (Progress is GoodsProgress.NoneShipped)
        {
            var shipping = Counting.Any(refund => refund.Share.Shipping.MinorUnits > 0) ? Total with { MinorUnits = 0 } : RefundShares.ShippingOf(this);
            return share with { Amount = Refundable, Shipping = shipping, Taxes = TaxesIn(Refundable) };
        }

        if (share.Amount.MinorUnits == 0)
            return null;
        return share.Amount > Refundable ? share with { Amount = Refundable, Taxes = TaxesIn(Refundable) } : share;
    }
}

/// <summary>Why paid orders are cancelled.</summary>
public static class CancelReasons
{
    /// <summary>Its customer or staff wanted it.</summary>
    public const string Requested = "cancelled_on_request";

    /// <summary>Staff settled a parked checkout by hand.</summary>
    public const string Resolved = "resolved_by_staff";
}
