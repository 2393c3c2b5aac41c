using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using NexusCart.Orders.Actors;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Security;
using NexusCart.Platform.Values;
using Wire = NexusCart.Orders.V1;

namespace NexusCart.Orders.Api;

/// <summary>What staff do with orders.</summary>
public sealed partial class OrdersService
{
    /// <inheritdoc/>
    [Authorize(Policies.OrdersRead)]
    public override async Task<Wire.SearchOrdersResponse> SearchOrders(Wire.SearchOrdersRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        CheckPage(violations, request.PageSize);
        OrderLists.CheckToken(violations, request.PageToken);
        var search = OrderSearch.Read(violations, request.Status, request.From, request.To, request.Text, request.CustomerId, isStaff: true);
        violations.ThrowIfAny();

        var page = await lists.OfAllAsync(search, request.PageToken, SizeOf(request.PageSize), context.CancellationToken);
        var response = new Wire.SearchOrdersResponse { NextPageToken = page.NextToken };
        response.Orders.AddRange(page.Orders.Select(OrderMapping.ToStaffMessage));
        return response;
    }

    /// <inheritdoc/>
    [Authorize(Policies.OrdersRead)]
    public override async Task<Wire.StaffOrder> InspectOrder(Wire.GetOrderRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        var order = await orders.ReadAsync(request.OrderId, context.CancellationToken);
        return order?.ToStaffMessage() ?? throw Refusal.NotFound("order", request.OrderId);
    }

    /// <inheritdoc/>
    [Authorize(Policies.OrdersWrite)]
    public override async Task<Wire.StaffOrder> CreateShipment(Wire.CreateShipmentRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        var lines = violations.ReadUnits(request.Lines);
        violations.CheckWarehouse(request.WarehouseId, "warehouseId");
        violations.ThrowIfAny();
        var command = new CreateShipment(request.OrderId, context.Staff(), context.RequestKey(request), request.WarehouseId, lines);
        return (await ChangeAsync(command, context)).ToStaffMessage();
    }

    /// <inheritdoc/>
    [Authorize(Policies.OrdersWrite)]
    public override async Task<Wire.StaffOrder> TrackShipment(Wire.TrackShipmentRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        violations.CheckLabel(request.Carrier, "carrier");
        violations.CheckLabel(request.TrackingNumber, "trackingNumber");
        violations.ThrowIfAny();
        var command = new TrackShipment(request.OrderId, context.Staff(), request.ShipmentId, request.Carrier, request.TrackingNumber);
        return (await ChangeAsync(command, context)).ToStaffMessage();
    }

    /// <inheritdoc/>
    [Authorize(Policies.OrdersWrite)]
    public override async Task<Wire.StaffOrder> MoveShipment(Wire.MoveShipmentRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        ShipmentStatus? to = request.To switch
        {
            Wire.ShipmentStatus.Shipped => ShipmentStatus.Shipped,
            Wire.ShipmentStatus.Delivered => ShipmentStatus.Delivered,
            Wire.ShipmentStatus.Cancelled => ShipmentStatus.Cancelled,
            _ => null,
        };
        var violations = new Violations();
        violations.Check(to is not null, "to", "must be SHIPMENT_STATUS_SHIPPED, _DELIVERED or _CANCELLED");
        violations.CheckReason(request.Reason, needed: false);
        violations.ThrowIfAny();
        var command = new MoveShipment(request.OrderId, context.Staff(), request.ShipmentId, to!.Value, request.Reason);
        return (await ChangeAsync(command, context)).ToStaffMessage();
    }

    /// <inheritdoc/>
    [Authorize(Policies.OrdersWrite)]
    public override async Task<Wire.StaffOrder> CancelForCustomer(Wire.CancelOrderRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        violations.CheckReason(request.Reason);
        violations.ThrowIfAny();
        var command = new RequestCancel(request.OrderId, context.Staff(), context.RequestKey(request), request.Reason);
        return (await ChangeAsync(command, context)).ToStaffMessage();
    }

    /// <inheritdoc/>
    [Authorize(Policies.OrdersWrite)]
    public override async Task<Wire.StaffOrder> ReturnForCustomer(Wire.RequestReturnRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        var lines = violations.ReadUnits(request.Lines);
        violations.CheckReason(request.Reason);
        violations.ThrowIfAny();
        // Without a window: that is what staff are asked for.
        var command = new RequestReturn(request.OrderId, context.Staff(), context.RequestKey(request), lines, request.Reason);
        return (await ChangeAsync(command, context)).ToStaffMessage();
    }

    /// <inheritdoc/>
    [Authorize(Policies.OrdersWrite)]
    public override async Task<Wire.StaffOrder> DecideReturn(Wire.DecideReturnRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        violations.CheckReason(request.Reason);
        violations.ThrowIfAny();
        var command = new DecideReturn(request.OrderId, context.Staff(), request.ReturnId, request.Approve, request.Reason);
        return (await ChangeAsync(command, context)).ToStaffMessage();
    }

    /// <inheritdoc/>
    [Authorize(Policies.OrdersWrite)]
    public override async Task<Wire.StaffOrder> ReceiveReturn(Wire.ReceiveReturnRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        var units = violations.ReadReceived(request.Lines);
        violations.CheckReason(request.Reason, needed: false);
        violations.ThrowIfAny();
        var command = new ReceiveReturn(request.OrderId, context.Staff(), request.ReturnId, units, request.Reason);
        return (await ChangeAsync(command, context)).ToStaffMessage();
    }

    /// <inheritdoc/>
    [Authorize(Policies.OrdersWrite)]
    public override async Task<Wire.StaffOrder> RefundOrder(Wire.RefundOrderRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        var byAmount = request.Amount is not null;
        var lines = violations.ReadUnits(request.Lines, needed: false);
        if (byAmount)
            violations.CheckMoney(request.Amount, "amount", least: 1);
        violations.Check(!byAmount || (lines.Count == 0 && !request.Shipping), "amount", "must not be given together with lines or shipping");
        violations.Check(byAmount || request.Lines.Count > 0 || request.Shipping, "lines", "must be given, or shipping, or an amount");
        violations.CheckReason(request.Reason);
        violations.ThrowIfAny();
        var command = new RequestRefund(
            request.OrderId, context.Staff(), context.RequestKey(request), byAmount ? null : lines, request.Shipping,
            request.Amount?.MinorUnits ?? 0, request.Amount?.Currency ?? string.Empty, request.Reason);
        return (await ChangeAsync(command, context)).ToStaffMessage();
    }

    /// <inheritdoc/>
    [Authorize(Policies.OrdersRead)]
    public override async Task<Wire.ListOrderTasksResponse> ListOrderTasks(Wire.ListOrderTasksRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        CheckPage(violations, request.PageSize);
        violations.Check(request.PageToken.Length == 0 || OrderId.TryParse(request.PageToken) is not null, "pageToken", "must be the nextPageToken of the page before");
        violations.ThrowIfAny();

        var limit = SizeOf(request.PageSize);
        var waiting = (await books.ReadTasksAsync(context.CancellationToken))
            .Where(orderId => string.CompareOrdinal(orderId, request.PageToken) > 0).ToList();
        var response = new Wire.ListOrderTasksResponse { NextPageToken = waiting.Count > limit ? waiting[limit - 1] : string.Empty };
        foreach (var orderId in waiting.Take(limit))
        {
            // The desk is told a moment later than the order knows.
            if (await orders.ReadAsync(orderId, context.CancellationToken) is { WaitsForStaff: true } order)
                response.Orders.Add(order.ToStaffMessage());
        }

        return response;
    }

    /// <inheritdoc/>
    [Authorize(Policies.OrdersWrite)]
    public override async Task<Wire.StaffOrder> SettleTask(Wire.SettleTaskRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        violations.CheckReason(request.Reason);
        violations.ThrowIfAny();
        var order = await ChangeAsync(
            new SettleTask(request.OrderId, context.Staff(), request.TaskId, request.Retry, request.Reason), context);
        return order.ToStaffMessage();
    }

    /// <inheritdoc/>
    [Authorize(Policies.OrdersRead)]
    public override async Task<Wire.ListCellsResponse> ListCells(Wire.ListCellsRequest request, ServerCallContext context) =>
        new() { Cells = { await orders.CellsAsync(context.CancellationToken) } };

    /// <inheritdoc/>
    [Authorize(Policies.OrdersWrite)]
    public override async Task<Wire.ListCellsResponse> OpenCell(Wire.OpenCellRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        violations.Check(OrderId.IsCell(request.Cell), "cell", "must be 1 to 8 of a-z 0-9");
        violations.ThrowIfAny();
        var cells = await opener.OpenAsync(request.Cell, context.CancellationToken);
        return new Wire.ListCellsResponse { Cells = { cells } };
    }

    /// <inheritdoc/>
    [Authorize(Policies.AuditRead)]
    public override async Task<Wire.ListAuditLogResponse> ListAuditLog(Wire.ListAuditLogRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        CheckPage(violations, request.PageSize);
        CheckToken(violations, request.PageToken);
        violations.ThrowIfAny();

        var end = request.PageToken.Length == 0 ? 0 : int.Parse(request.PageToken, CultureInfo.InvariantCulture);
        var page = await books.ReadAuditAsync(new AuditPageRequest(end, SizeOf(request.PageSize)), context.CancellationToken);
        var response = new Wire.ListAuditLogResponse { NextPageToken = page.Rest > 0 ? page.Rest.ToString(CultureInfo.InvariantCulture) : string.Empty };
        response.Entries.AddRange(page.Entries.Select(OrderMapping.ToMessage));
        return response;
    }
}
