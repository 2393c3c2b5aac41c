using System.Globalization;

namespace NexusCart.Orders.Domain;

/// <summary>Sending units back.</summary>
public sealed partial record Order
{
    /// <summary>Asks to send units back.</summary>
    /// <param name="key">What the request is known by.</param>
    /// <param name="lines">The units, one line a SKU.</param>
    /// <param name="reason">Why.</param>
    /// <param name="by">Who wants it.</param>
    /// <param name="now">The time.</param>
    /// <param name="window">How long after their delivery units can be sent back; null: for ever.</param>
    public OrderChange RequestReturn(
        RequestKey key, IReadOnlyList<Units> lines, string reason, Performer by, DateTimeOffset now, TimeSpan? window = null)
    {
        if (Care.Returns.FirstOrDefault(request => request.Key.Id == key.Id) is { } known)
            return Repeated(known.Key, key);
        if (Status is not (OrderStatus.PartiallyShipped or OrderStatus.Shipped or OrderStatus.Delivered))
            return Denied("nothing_to_return", $"order_id: nothing was sent of an order that is {Status}.");
        if (Care.Returns.Count >= MaxParts)
            return Denied("too_many_returns", $"order_id: an order has {MaxParts} returns at most.");
        foreach (var line in lines)
        {
            var left = Shipped(line.Sku) - InReturns(line.Sku);
            if (line.Quantity > left)
                return Denied("exceeds_returnable_quantity", $"lines: {line.Quantity} of {line.Sku} wanted, {left} can be sent back.");
            if (window is { } time && line.Quantity > Math.Min(left, Returnable(line.Sku, now - time)))
                return Denied("return_window_closed", WindowClosed(line, Math.Min(left, Returnable(line.Sku, now - time)), time));
        }

        var request = new ReturnRequest($"r{Care.Returns.Count + 1}", key, lines, reason, ReturnStatus.Requested, now);
        return new((this with { After = Care with { Returns = [.. Care.Returns, request] } })
            .Noted("return", "started", reason, by, request.Id, now));
    }

    /// <summary>Approves or rejects a return.</summary>
    /// <param name="returnId">The return.</param>
    /// <param name="approve">Which of both.</param>
    /// <param name="reason">What the customer is told.</param>
    /// <param name="by">Who decides.</param>
    /// <param name="now">The time.</param>
    public OrderChange DecideReturn(string returnId, bool approve, string reason, Performer by, DateTimeOffset now)
    {
        var wanted = approve ? ReturnStatus.Approved : ReturnStatus.Rejected;
        if (ReturnOf(returnId) is not { } request)
            return Unknown("return", returnId);
        if (request.Status == wanted)
            return new(this);
        return request.Status is not ReturnStatus.Requested
            ? Denied("return_moved_on", $"return_id: a return that is {request.Status} cannot be decided.")
            : new(With(request with { Status = wanted, Decision = reason })
                .Noted(approve ? "return_approved" : "return_rejected", "succeeded", reason, by, returnId, now));
    }

    /// <summary>Says what of a return has arrived. Its money is spoken for from here on.</summary>
    /// <param name="returnId">The return.</param>
    /// <param name="units">What arrived: no more than was approved.</param>
    /// <param name="by">Who says so.</param>
    /// <param name="now">The time.</param>
    public OrderChange ReceiveReturn(string returnId, IReadOnlyList<ReceivedUnits> units, Performer by, DateTimeOffset now)
    {
        if (ReturnOf(returnId) is not { } request)
            return Unknown("return", returnId);
        if (request.Status is ReturnStatus.Received or ReturnStatus.Completed)
            return request.Received.SequenceEqual(units) ? new(this) : Denied("return_moved_on", "lines: something else was received before.");
        if (request.Status is not ReturnStatus.Approved)
            return Denied("return_not_approved", $"return_id: a return that is {request.Status} cannot be received.");
        foreach (var group in units.GroupBy(line => line.Sku, StringComparer.Ordinal))
        {
            var (arrived, approved) = (group.Sum(line => (long)line.Quantity), In(request.Lines, group.Key));
            if (arrived > approved)
                return Denied("exceeds_approved_quantity", $"lines: {arrived} of {group.Key} arrived, {approved} were approved.");
        }

        var share = ReturnedShare(units);
        var received = request with { Status = ReturnStatus.Received, Received = units, RefundId = share is null ? null : $"f{Care.Refunds.Count + 1}" };
        var order = With(received).Noted("return_received", "succeeded", $"{units.Sum(line => line.Quantity)} units", by, returnId, now);
        return new(share is null ? order : order.Asked(share, null, returnId, request.Reason, by, now));
    }

    /// <summary>A return was not decided or not sent in for too long.</summary>
    /// <param name="returnId">The return.</param>
    /// <param name="now">The time.</param>
    public Order ExpireReturn(string returnId, DateTimeOffset now) =>
        ReturnOf(returnId) is { Status: ReturnStatus.Requested or ReturnStatus.Approved } request
            ? With(request with { Status = ReturnStatus.Expired }).Noted("return_expired", "succeeded", null, Performer.Shop, returnId, now)
            : this;

    /// <summary>The settlement of a return came to an end, or is stuck.</summary>
    /// <param name="returnId">The return.</param>
    /// <param name="end">How.</param>
    /// <param name="now">The time.</param>
    public Order EndReturn(string returnId, SettlementEnd end, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(end);
        if (ReturnOf(returnId) is not { Status: ReturnStatus.Received } request || (!end.IsDone && HasOpenTask(TaskKinds.Return, returnId)))
            return this;
        var order = this;
        if (RefundOf(request.RefundId) is { Status: SettlementStatus.Requested } refund)
            order = order.Settled(refund, end.Money, now);
        return end.IsDone
            ? order.With(request with { Status = ReturnStatus.Completed }).Noted("return", "succeeded", null, Performer.Shop, returnId, now)
                .Closed(TaskKinds.Return, returnId)
            : order.Noted("return", "failed", end.Detail, Performer.Shop, returnId, now, again: true).Opened(TaskKinds.Return, returnId, end.Detail, now);
    }

    /// <summary>A return of the order; null when there is none.</summary>
    /// <param name="returnId">The return.</param>
    public ReturnRequest? ReturnOf(string returnId) => Care.Returns.FirstOrDefault(request => request.Id == returnId);

    private Order With(ReturnRequest changed) => this with
    {
        After = Care with { Returns = [.. Care.Returns.Select(request => request.Id == changed.Id ? changed : request)] },
    };

    // Units that are still on their way, or arrived since: earlier returns are taken to have been of earlier units.
    private int Returnable(string sku, DateTimeOffset since) => Care.Shipments
        .Where(shipment => shipment.HasLeft && (shipment.DeliveredAt is null || shipment.DeliveredAt >= since)).Sum(shipment => In(shipment.Lines, sku));

    private static string WindowClosed(Units line, int open, TimeSpan window) => string.Create(
        CultureInfo.InvariantCulture,
        $"lines: {line.Quantity} of {line.Sku} wanted, {open} arrived within the last {window.TotalDays:0.##} days and can be sent back.");

    // What arrived counts; as long as nothing did, what is to arrive.
    private int InReturns(string sku) => Care.Returns.Sum(request => request.Status switch
    {
        ReturnStatus.Requested or ReturnStatus.Approved => In(request.Lines, sku),
        ReturnStatus.Received or ReturnStatus.Completed => request.Received.Where(units => units.Sku == sku).Sum(units => units.Quantity),
        _ => 0,
    });

    private RefundShare? ReturnedShare(IReadOnlyList<ReceivedUnits> units)
    {
        // Units may have been refunded before they came back: then nothing is due for them.
        List<Units> due = [.. units.GroupBy(line => line.Sku, StringComparer.Ordinal)
            .Select(group => new Units(group.Key, Math.Min(group.Sum(line => line.Quantity), Ordered(group.Key) - RefundedUnits(group.Key))))
            .Where(line => line.Quantity > 0)];
        var share = ShareOf(due, shipping: false);
        if (share.Amount > Refundable)
            share = share with { Amount = Refundable, Taxes = TaxesIn(Refundable) };
        return share.Amount.MinorUnits == 0 ? null : share;
    }
}
