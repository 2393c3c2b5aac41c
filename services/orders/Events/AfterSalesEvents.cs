using NexusCart.Orders.Domain;
using NexusCart.Orders.Errands;
using NexusCart.Platform.Actors;

namespace NexusCart.Orders.Events;

/// <summary>
/// What a change of an order after its checkout causes, read off the change itself: so there is no event without its state, and no change
/// without its event.
/// </summary>
public static class AfterSalesEvents
{
    /// <summary>Public events and errands.</summary>
    /// <param name="before">The order before.</param>
    /// <param name="after">The order after.</param>
    public static List<PendingEvent> Between(Order before, Order after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        var (was, now) = (before.After ?? Aftercare.None, after.After ?? Aftercare.None);
        List<PendingEvent> caused = [];
        caused.AddRange(Shipments(after, was, now));
        caused.AddRange(Refunds(after, was, now));
        caused.AddRange(Returns(after, was, now));
        caused.AddRange(Cancellations(after, was, now));
        caused.AddRange(OrderErrands.Between(before, after));
        return caused;
    }

    private static IEnumerable<PendingEvent> Shipments(Order order, Aftercare was, Aftercare now)
    {
        foreach (var shipment in now.Shipments)
        {
            var known = was.Shipments.FirstOrDefault(candidate => candidate.Id == shipment.Id);
            if (known is null)
                yield return Shipment(order, shipment, ShipmentChanged.Created, "created");
            if (known?.Status == shipment.Status || (known is null && shipment.Status is ShipmentStatus.Planned))
                continue;
            yield return shipment.Status switch
            {
                ShipmentStatus.Shipped => Shipment(order, shipment, ShipmentChanged.Shipped, "shipped"),
                ShipmentStatus.Delivered => Shipment(order, shipment, ShipmentChanged.Delivered, "delivered"),
                _ => Shipment(order, shipment, ShipmentChanged.Cancelled, "cancelled"),
            };
        }
    }

    private static PendingEvent Shipment(Order order, Shipment shipment, string type, string what) => PendingEvent.Create(
        $"{order.OrderId}:{shipment.Id}:{what}",
        type,
        OrderEvents.Topic,
        order.OrderId,
        new ShipmentChanged(
            order.OrderId, order.CustomerId, order.Email, shipment.Id, shipment.WarehouseId, UnitsOf(shipment.Lines), shipment.Carrier,
            shipment.TrackingNumber, order.UpdatedAt),
        OrderEventsJson.Default.ShipmentChanged);

    private static IEnumerable<PendingEvent> Refunds(Order order, Aftercare was, Aftercare now) =>
        from refund in now.Refunds
        where refund.Status is SettlementStatus.Done
            && was.Refunds.FirstOrDefault(known => known.Id == refund.Id)?.Status is not SettlementStatus.Done
        select PendingEvent.Create(
            $"{order.OrderId}:{refund.Id}:refunded",
            OrderRefunded.Type,
            OrderEvents.Topic,
            order.OrderId,
            new OrderRefunded(
                order.OrderId, order.CustomerId, order.Email, refund.Id, refund.Share.Amount.MinorUnits, order.Refunded.MinorUnits,
                order.Total.Currency, [.. refund.Share.Lines.Select(line => new OrderEventUnits(line.Sku, line.Quantity))], refund.Reason,
                order.UpdatedAt),
            OrderEventsJson.Default.OrderRefunded);

    private static IEnumerable<PendingEvent> Returns(Order order, Aftercare was, Aftercare now) =>
        from request in now.Returns
        where was.Returns.FirstOrDefault(known => known.Id == request.Id)?.Status != request.Status
        let status = request.Status.ToString().ToLowerInvariant()
        select PendingEvent.Create(
            $"{order.OrderId}:{request.Id}:{status}",
            ReturnChanged.Type,
            OrderEvents.Topic,
            order.OrderId,
            new ReturnChanged(
                order.OrderId, order.CustomerId, order.Email, request.Id, status, LinesOf(request), request.Decision, order.UpdatedAt),
            OrderEventsJson.Default.ReturnChanged);

    private static IEnumerable<PendingEvent> Cancellations(Order order, Aftercare was, Aftercare now) =>
        from cancellation in now.Cancellations
        where cancellation.Status is SettlementStatus.Done
            && was.Cancellations.FirstOrDefault(known => known.Id == cancellation.Id)?.Status is not SettlementStatus.Done
        select PendingEvent.Create(
            $"{order.OrderId}:{cancellation.Id}:revoked",
            OrderRevoked.Type,
            OrderEvents.Topic,
            order.OrderId,
            new OrderRevoked(
                order.OrderId, order.CustomerId, order.Email, cancellation.Id,
                LinesOf(cancellation),
                order.Status is OrderStatus.Cancelled, cancellation.Reason, order.UpdatedAt,
                order.Discounts.Count == 0 ? null : [.. order.Discounts.Select(discount => discount.PromotionId).Distinct(StringComparer.Ordinal)]),
            OrderEventsJson.Default.OrderRevoked);

    private static List<OrderEventUnits> UnitsOf(IReadOnlyList<Units> lines) => [.. lines.Select(line => new OrderEventUnits(line.Sku, line.Quantity))];

    private static List<OrderEventUnits> LinesOf(Cancellation cancellation) => [.. cancellation.Lines
        .GroupBy(line => line.Sku, StringComparer.Ordinal).Select(group => new OrderEventUnits(group.Key, group.Sum(line => line.Quantity)))];

    private static List<OrderEventUnits> LinesOf(ReturnRequest request) => request.Received.Count == 0
        ? UnitsOf(request.Lines)
        : [.. request.Received.GroupBy(units => units.Sku, StringComparer.Ordinal).Select(group => new OrderEventUnits(group.Key, group.Sum(units => units.Quantity)))];
}
