using Google.Protobuf.WellKnownTypes;
using NexusCart.Orders.Domain;
using NexusCart.Orders.Errands;
using NexusCart.Platform.Values;
using Wire = NexusCart.Orders.V1;

namespace NexusCart.Orders.Api;

/// <summary>What came after the checkout, in the public contract.</summary>
public static partial class OrderMapping
{
    /// <summary>An order as staff see it.</summary>
    /// <param name="order">The order.</param>
    public static Wire.StaffOrder ToStaffMessage(this Order order)
    {
        ArgumentNullException.ThrowIfNull(order);
        var message = new Wire.StaffOrder { Order = order.ToOwnerMessage(), CustomerId = order.CustomerId, Guest = order.IsGuest };
        // What lets a browser pay is none of staff's business.
        message.Order.PaymentAction = null;
        message.Tasks.AddRange(order.Tasks.Select(task => new Wire.OrderTask
        {
            TaskId = task.Id,
            Kind = task.Kind,
            Subject = task.Subject,
            Detail = task.Detail,
            Since = Timestamp.FromDateTimeOffset(task.Since),
            Open = task.IsOpen,
        }));
        return message;
    }

    /// <summary>An entry of the audit log.</summary>
    /// <param name="record">The entry.</param>
    public static Wire.AuditEntry ToMessage(this AuditRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return new Wire.AuditEntry
        {
            At = Timestamp.FromDateTimeOffset(record.At),
            StaffId = record.StaffId,
            Action = record.Action,
            OrderId = record.OrderId,
            Subject = record.Subject,
            Reason = record.Reason,
        };
    }

    /// <summary>The status of the domain; null: none of them.</summary>
    /// <param name="status">The status of the contract.</param>
    internal static OrderStatus? StatusOf(Wire.OrderStatus status) => status switch
    {
        Wire.OrderStatus.Starting => OrderStatus.Starting,
        Wire.OrderStatus.Processing => OrderStatus.Processing,
        Wire.OrderStatus.ActionRequired => OrderStatus.ActionRequired,
        Wire.OrderStatus.Paid => OrderStatus.Paid,
        Wire.OrderStatus.Cancelled => OrderStatus.Cancelled,
        Wire.OrderStatus.NeedsAttention => OrderStatus.NeedsAttention,
        Wire.OrderStatus.PartiallyShipped => OrderStatus.PartiallyShipped,
        Wire.OrderStatus.Shipped => OrderStatus.Shipped,
        Wire.OrderStatus.Delivered => OrderStatus.Delivered,
        Wire.OrderStatus.Cancelling => OrderStatus.Cancelling,
        _ => null,
    };

    private static void AddAftercare(Wire.Order message, Order order)
    {
        message.PaymentState = order.PaymentState switch
        {
            PaymentState.Unpaid => Wire.PaymentState.Unpaid,
            PaymentState.Paid => Wire.PaymentState.Paid,
            PaymentState.PartiallyRefunded => Wire.PaymentState.PartiallyRefunded,
            _ => Wire.PaymentState.Refunded,
        };
        message.Refunded = order.Refunded.ToMessage();
        message.Documents.AddRange(order.Papers.Select(id => new Wire.Document { DocumentId = id, Number = order.DocumentOf(id)?.Number ?? string.Empty }));
        if (order.After is not { } after)
            return;
        foreach (var line in message.Lines)
        {
            line.Shipped = order.Shipped(line.Sku);
            line.Cancelled = order.Cancelled(line.Sku);
            line.Returned = order.Returned(line.Sku);
        }

        message.Shipments.AddRange(after.Shipments.Select(ShipmentOf));
        message.Returns.AddRange(after.Returns.Select(ReturnOf));
        message.Refunds.AddRange(after.Refunds.Select(RefundOf));
    }

    private static Wire.Shipment ShipmentOf(Shipment shipment)
    {
        var message = new Wire.Shipment
        {
            ShipmentId = shipment.Id,
            Status = shipment.Status switch
            {
                ShipmentStatus.Planned => Wire.ShipmentStatus.Planned,
                ShipmentStatus.Shipped => Wire.ShipmentStatus.Shipped,
                ShipmentStatus.Delivered => Wire.ShipmentStatus.Delivered,
                _ => Wire.ShipmentStatus.Cancelled,
            },
            WarehouseId = shipment.WarehouseId,
            Carrier = shipment.Carrier,
            TrackingNumber = shipment.TrackingNumber,
            CreatedAt = Timestamp.FromDateTimeOffset(shipment.CreatedAt),
            ShippedAt = TimeOf(shipment.ShippedAt),
            DeliveredAt = TimeOf(shipment.DeliveredAt),
        };
        message.Lines.AddRange(shipment.Lines.Select(UnitsOf));
        return message;
    }

    private static Wire.Return ReturnOf(ReturnRequest request)
    {
        var message = new Wire.Return
        {
            ReturnId = request.Id,
            Status = request.Status switch
            {
                ReturnStatus.Requested => Wire.ReturnStatus.Requested,
                ReturnStatus.Approved => Wire.ReturnStatus.Approved,
                ReturnStatus.Rejected => Wire.ReturnStatus.Rejected,
                ReturnStatus.Received => Wire.ReturnStatus.Received,
                ReturnStatus.Completed => Wire.ReturnStatus.Completed,
                _ => Wire.ReturnStatus.Expired,
            },
            Reason = request.Reason,
            Decision = request.Decision,
            RefundId = request.RefundId ?? string.Empty,
            RequestedAt = Timestamp.FromDateTimeOffset(request.RequestedAt),
        };
        message.Lines.AddRange(request.Lines.Select(UnitsOf));
        message.Received.AddRange(request.Received.Select(units => new Wire.ReceivedUnits
        {
            Sku = units.Sku,
            Quantity = units.Quantity,
            WarehouseId = units.WarehouseId,
            Disposition = units.IsForSale ? Wire.Disposition.Restock : Wire.Disposition.Scrap,
        }));
        return message;
    }

    private static Wire.Refund RefundOf(Refund refund)
    {
        var message = new Wire.Refund
        {
            RefundId = refund.Id,
            Status = refund.Status switch
            {
                SettlementStatus.Requested => Wire.RefundStatus.Requested,
                SettlementStatus.Done => Wire.RefundStatus.Done,
                _ => Wire.RefundStatus.Failed,
            },
            Amount = refund.Share.Amount.ToMessage(),
            Shipping = refund.Share.Shipping.ToMessage(),
            Reason = refund.Reason,
            RequestedAt = Timestamp.FromDateTimeOffset(refund.RequestedAt),
        };
        message.Lines.AddRange(refund.Share.Lines.Select(line => new Wire.RefundLine { Sku = line.Sku, Quantity = line.Quantity, Amount = line.Amount.ToMessage() }));
        message.Taxes.AddRange(refund.Share.Taxes.Select(TaxOf));
        return message;
    }

    // What a cancellation or return has certainly moved in stock, and what it may have moved.
    private static void AddBack(Wire.OrderAudit message, Order order)
    {
        if (order.After is not { } after)
            return;
        var cancelled = after.Cancellations.Where(cancellation => cancellation.Status is not SettlementStatus.Failed)
            .SelectMany(cancellation => cancellation.Lines.Select(line => (line.Sku, line.Quantity, IsSure: cancellation.Status is SettlementStatus.Done)));
        var returned = after.Returns.SelectMany(request => request.Received
            .Select(units => (units.Sku, units.Quantity, IsSure: request.Status is ReturnStatus.Completed)));
        foreach (var group in cancelled.Concat(returned).GroupBy(units => (units.Sku, units.IsSure)))
        {
            var units = new Wire.OrderUnits { Sku = group.Key.Sku, Quantity = group.Sum(line => line.Quantity) };
            (group.Key.IsSure ? message.Back : message.ComingBack).Add(units);
        }
    }

    private static Wire.OrderUnits UnitsOf(Units line) => new() { Sku = line.Sku, Quantity = line.Quantity };

    private static Timestamp? TimeOf(DateTimeOffset? at) => at is { } time ? Timestamp.FromDateTimeOffset(time) : null;
}
