namespace NexusCart.Orders.Domain;

/// <summary>Where an order's goods are.</summary>
public sealed partial record Order
{
    /// <summary>The most shipments, refunds or returns of one order.</summary>
    public const int MaxParts = 200;

    /// <summary>Where units are sent from when nobody says.</summary>
    public const string MainWarehouse = "main";

    private Aftercare Care => After ?? Aftercare.None;

    /// <summary>How far its goods are.</summary>
    public GoodsProgress Progress
    {
        get
        {
            if (After is null)
                return GoodsProgress.NoneShipped;
            var left = Care.Shipments.Where(shipment => shipment.HasLeft).ToList();
            if (left.Count == 0)
                return GoodsProgress.NoneShipped;
            if (Lines.Any(line => Unsent(line.Sku) > 0))
                return GoodsProgress.SomeShipped;
            return left.All(shipment => shipment.Status is ShipmentStatus.Delivered) ? GoodsProgress.AllDelivered : GoodsProgress.AllShipped;
        }
    }

    /// <summary>Units of a SKU that are on their way or arrived.</summary>
    /// <param name="sku">The product.</param>
    public int Shipped(string sku) => Care.Shipments.Where(shipment => shipment.HasLeft).Sum(shipment => In(shipment.Lines, sku));

    /// <summary>Units of a SKU that were cancelled after the checkout.</summary>
    /// <param name="sku">The product.</param>
    public int Cancelled(string sku) => CancelledIn(SettlementStatus.Done, sku);

    /// <summary>Units of a SKU that came back.</summary>
    /// <param name="sku">The product.</param>
    public int Returned(string sku) => Care.Returns.SelectMany(request => request.Received).Where(units => units.Sku == sku).Sum(units => units.Quantity);

    /// <summary>Units of a SKU that were not sent and not cancelled, whether a shipment is planned for them or not.</summary>
    /// <param name="sku">The product.</param>
    public int Unsent(string sku) => Ordered(sku) - Cancelled(sku) - Shipped(sku);

    /// <summary>Plans the first shipments, one a warehouse. Units that no warehouse has yet stay open.</summary>
    /// <param name="now">The time.</param>
    public Order PlanShipments(DateTimeOffset now) =>
        Care.IsPlanned || Status is not (OrderStatus.Paid or OrderStatus.PartiallyShipped) ? this : Replan(now);

    /// <summary>Makes a shipment of units that were not sent.</summary>
    /// <param name="key">What the request is known by.</param>
    /// <param name="warehouseId">Where it is sent from; empty: <see cref="MainWarehouse"/>.</param>
    /// <param name="lines">The units, one line a SKU.</param>
    /// <param name="by">Who does it.</param>
    /// <param name="now">The time.</param>
    public OrderChange CreateShipment(RequestKey key, string warehouseId, IReadOnlyList<Units> lines, Performer by, DateTimeOffset now)
    {
        if (Care.Shipments.FirstOrDefault(shipment => shipment.Key?.Id == key.Id) is { } known)
            return Repeated(known.Key!, key);
        if (Status is not (OrderStatus.Paid or OrderStatus.PartiallyShipped))
            return Denied("not_shippable", $"order_id: an order that is {Status} takes no shipment.");
        if (Care.Shipments.Count >= MaxParts)
            return Denied("too_many_shipments", $"order_id: an order has {MaxParts} shipments at most.");
        foreach (var line in lines)
        {
            var open = Unsent(line.Sku);
            if (line.Quantity > open)
                return Denied("exceeds_open_quantity", $"lines: {line.Quantity} of {line.Sku} wanted, {open} not sent yet.");
        }

        var shipment = new Shipment(
            $"s{Care.Shipments.Count + 1}", warehouseId.Length == 0 ? MainWarehouse : warehouseId, lines, ShipmentStatus.Planned, now, key);
        var made = this with { After = Care with { IsPlanned = true, Shipments = [.. TakenOut(lines), shipment] } };
        return new(made.Noted("shipment", "started", $"{Count(lines)} units", by, shipment.Id, now));
    }

    /// <summary>Says who carries a shipment.</summary>
    /// <param name="shipmentId">The shipment.</param>
    /// <param name="carrier">The carrier.</param>
    /// <param name="trackingNumber">Its number there.</param>
    /// <param name="by">Who says so.</param>
    /// <param name="now">The time.</param>
    public OrderChange TrackShipment(string shipmentId, string carrier, string trackingNumber, Performer by, DateTimeOffset now)
    {
        if (Care.Shipments.FirstOrDefault(shipment => shipment.Id == shipmentId) is not { } known)
            return Unknown("shipment", shipmentId);
        if (known.Carrier == carrier && known.TrackingNumber == trackingNumber)
            return new(this);
        if (known.Status is ShipmentStatus.Cancelled)
            return Denied("shipment_cancelled", $"shipment_id: {shipmentId} is cancelled.");
        var told = With(known with { Carrier = carrier, TrackingNumber = trackingNumber });
        return new(told.Noted("track", "succeeded", $"{carrier} {trackingNumber}", by, shipmentId, now, again: true));
    }

    /// <summary>Says that a shipment left, arrived, or is not to be sent.</summary>
    /// <param name="shipmentId">The shipment.</param>
    /// <param name="to">Where it stands now.</param>
    /// <param name="by">Who says so.</param>
    /// <param name="now">The time.</param>
    public OrderChange MoveShipment(string shipmentId, ShipmentStatus to, Performer by, DateTimeOffset now)
    {
        if (Care.Shipments.FirstOrDefault(shipment => shipment.Id == shipmentId) is not { } known)
            return Unknown("shipment", shipmentId);
        if (known.Status == to)
            return new(this);
        return (known.Status, to) switch
        {
            (ShipmentStatus.Planned, ShipmentStatus.Shipped) when Status is not (OrderStatus.Paid or OrderStatus.PartiallyShipped) =>
                Denied("not_shippable", $"order_id: nothing of an order that is {Status} is sent."),
            (ShipmentStatus.Planned, ShipmentStatus.Shipped) => new(With(known with { Status = to, ShippedAt = now })
                .Noted("ship", "succeeded", null, by, shipmentId, now).Moved(OrderTrigger.Ship, now)),
            (ShipmentStatus.Shipped, ShipmentStatus.Delivered) => new(With(known with { Status = to, DeliveredAt = now })
                .Noted("deliver", "succeeded", null, by, shipmentId, now).Moved(OrderTrigger.Deliver, now)),
            (ShipmentStatus.Planned, ShipmentStatus.Cancelled) => new(With(known with { Status = to })
                .Noted("shipment", "refused", "Not to be sent", by, shipmentId, now)),
            _ => Denied("shipment_moved_on", $"to: a shipment that is {known.Status} cannot become {to}."),
        };
    }

    private static int In(IEnumerable<Units> lines, string sku) => lines.Where(line => line.Sku == sku).Sum(line => line.Quantity);

    private static int Count(IEnumerable<Units> lines) => lines.Sum(line => line.Quantity);

    private static OrderChange Repeated(Order order, RequestKey known, RequestKey asked) => known.BodyHash == asked.BodyHash
        ? new(order)
        : new(order, new Denial(Denial.KeyReused, "This Idempotency-Key was used before with another body."));

    private int Ordered(string sku) => Lines.Where(line => line.Sku == sku).Sum(line => line.Quantity);

    private int CancelledIn(SettlementStatus status, string sku) => Care.Cancellations.Where(cancellation => cancellation.Status == status)
        .SelectMany(cancellation => cancellation.Lines).Where(line => line.Sku == sku).Sum(line => line.Quantity);

    private OrderChange Repeated(RequestKey known, RequestKey asked) => Repeated(this, known, asked);

    private OrderChange Denied(string reason, string detail) => new(this, new Denial(reason, detail));

    private OrderChange Unknown(string what, string id) => new(this, new Denial(Denial.NotFound, $"{what}/{id}"));

    private Order Moved(OrderTrigger trigger, DateTimeOffset now) => Move(trigger, now) ?? this;

    private Order With(Shipment changed) => this with
    {
        After = Care with { Shipments = [.. Care.Shipments.Select(shipment => shipment.Id == changed.Id ? changed : shipment)] },
    };

    // "again": an entry that may come more than once says when, so that it is kept beside the earlier one.
    private Order Noted(string step, string outcome, string? detail, Performer by, string? subject, DateTimeOffset now, bool again = false)
    {
        var entry = new HistoryEntry(now, step, outcome, detail, by.ToString(), subject);
        return again
            ? this with { History = [.. History, entry], UpdatedAt = now }
            : WithHistory([entry], now);
    }

    private Order Replan(DateTimeOffset now)
    {
        var open = Lines.Select(line => line.Sku).Distinct().ToDictionary(sku => sku, sku => Unsent(sku) - PlannedUnits(sku));
        IReadOnlyList<Allocation> sources = Care.Allocations.Count > 0
            ? Care.Allocations
            : [.. Lines.Select(line => new Allocation(line.Sku, MainWarehouse, line.Quantity))];
        var takes = new List<Allocation>();
        foreach (var source in sources)
        {
            var taken = Care.Shipments.Where(shipment => shipment.WarehouseId == source.WarehouseId && shipment.Status is not ShipmentStatus.Cancelled)
                .Sum(shipment => In(shipment.Lines, source.Sku));
            var units = Math.Min(open.GetValueOrDefault(source.Sku), Math.Max(0, source.Quantity - taken));
            if (units <= 0)
                continue;
            open[source.Sku] -= units;
            takes.Add(source with { Quantity = units });
        }

        var planned = takes.GroupBy(take => take.WarehouseId, StringComparer.Ordinal).Select((group, index) => new Shipment(
            $"s{Care.Shipments.Count + index + 1}",
            group.Key,
            [.. group.GroupBy(take => take.Sku, StringComparer.Ordinal).Select(units => new Units(units.Key, units.Sum(take => take.Quantity)))],
            ShipmentStatus.Planned,
            now));
        // Planning is no news for the customer: it leaves no entry in the history.
        return this with { After = Care with { IsPlanned = true, Shipments = [.. Care.Shipments, .. planned] } };
    }

    private int PlannedUnits(string sku) => Care.Shipments
        .Where(shipment => shipment.Status is ShipmentStatus.Planned).Sum(shipment => In(shipment.Lines, sku));

    // Units that belong to no shipment go first; then planned ones give theirs, the newest first.
    private List<Shipment> TakenOut(IReadOnlyList<Units> lines)
    {
        var shipments = Care.Shipments.ToList();
        foreach (var line in lines)
        {
            var missing = line.Quantity - (Unsent(line.Sku) - PlannedUnits(line.Sku));
            for (var i = shipments.Count - 1; i >= 0 && missing > 0; i--)
            {
                if (shipments[i].Status is not ShipmentStatus.Planned)
                    continue;
                var given = Math.Min(missing, In(shipments[i].Lines, line.Sku));
                missing -= given;
                shipments[i] = Without(shipments[i], line.Sku, given);
            }
        }

        return shipments;
    }

    private static Shipment Without(Shipment shipment, string sku, int units)
    {
        if (units == 0)
            return shipment;
        List<Units> kept = [.. shipment.Lines
            .Select(line => line.Sku == sku ? line with { Quantity = line.Quantity - units } : line).Where(line => line.Quantity > 0)];
        return kept.Count > 0 ? shipment with { Lines = kept } : shipment with { Status = ShipmentStatus.Cancelled };
    }
}
