using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using NexusCart.Inventory.Actors;
using NexusCart.Inventory.V1;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Security;
using NexusCart.Platform.Values;

namespace NexusCart.Inventory.Api;

/// <summary>The contract of protos/nexuscart/inventory/v1: validates, calls, maps. What staff does is in a file of its own.</summary>
public sealed partial class InventoryService(
    StockPartitions partitions, ReservationCoordinator reservations, AvailabilityReader availability, StaffDesk staff, WarehouseDesk warehouses,
    Domain.IWarehouses directory) : V1.Inventory.InventoryBase
{
    /// <inheritdoc/>
    [AllowAnonymous]
    public override Task<GetAvailabilityResponse> GetAvailability(GetAvailabilityRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.Skus(request.Skus);
        violations.ThrowIfAny();
        var response = new GetAvailabilityResponse();
        response.Items.AddRange(request.Skus.Select(availability.Read));
        return Task.FromResult(response);
    }

    /// <inheritdoc/>
    [AllowAnonymous]
    public override Task<Availability> GetSkuAvailability(GetSkuAvailabilityRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.CheckSku(request.Sku, "sku");
        violations.ThrowIfAny();
        var found = availability.Read(request.Sku);
        return found.Known ? Task.FromResult(found) : throw Refusal.NotFound("stock", request.Sku);
    }

    /// <inheritdoc/>
    [Authorize(Policies.Internal)]
    public override async Task<ReserveResponse> Reserve(ReserveRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var ttl = violations.Ttl(request.TtlSeconds);
        var from = request.FromReservationId.Length == 0 ? null : request.FromReservationId;
        if (from is not null && violations.CheckId(from, "fromReservationId"))
            violations.Check(from != request.ReservationId, "fromReservationId", "must be another reservation");
        if (request.ShipToCountry.Length > 0)
            violations.Country(request.ShipToCountry, "shipToCountry");
        var lines = Check(violations, request.ReservationId, request.Lines);
        var plan = await warehouses.PlanForAsync(request.ShipToCountry, context.CancellationToken);
        var result = await reservations.ReserveAsync(request.ReservationId, lines, ttl, plan, from, context.CancellationToken);
        var response = new ReserveResponse { Reserved = result.Reserved };
        if (result.ExpiresAt is { } expiresAt)
            response.ExpiresAt = Timestamp.FromDateTimeOffset(expiresAt);
        response.Shortages.AddRange(result.Missing.Select(missing => missing.ToMessage()));
        response.Allocations.AddRange(result.Lines.ToAllocations());
        response.Backordered.AddRange(result.Lines.ToBackordered());
        return response;
    }

    /// <inheritdoc/>
    [Authorize(Policies.Internal)]
    public override async Task<ReleaseResponse> Release(ReleaseRequest request, ServerCallContext context)
    {
        var lines = Check(new Violations(), request.ReservationId, request.Lines);
        return new ReleaseResponse { Released = await reservations.ReleaseAsync(request.ReservationId, lines, context.CancellationToken) };
    }

    /// <inheritdoc/>
    [Authorize(Policies.Internal)]
    public override async Task<CommitResponse> Commit(CommitRequest request, ServerCallContext context)
    {
        var lines = Check(new Violations(), request.ReservationId, request.Lines);
        var held = await reservations.CommitAsync(request.ReservationId, lines, context.CancellationToken);
        var response = new CommitResponse();
        response.Allocations.AddRange(held.ToAllocations());
        response.Backordered.AddRange(held.ToBackordered());
        return response;
    }

    /// <inheritdoc/>
    [Authorize(Policies.Internal)]
    public override async Task<RestockResponse> Restock(RestockRequest request, ServerCallContext context)
    {
        var lines = Check(new Violations(), request.ReservationId, request.Lines);
        await reservations.RestockAsync(request.ReservationId, lines, context.CancellationToken);
        return new RestockResponse();
    }

    /// <inheritdoc/>
    [Authorize(Policies.Internal)]
    public override async Task<ReceiveReturnResponse> ReceiveReturn(ReceiveReturnRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.CheckId(request.ReturnId, "returnId");
        violations.CheckId(request.OrderId, "orderId");
        violations.ReturnLines(request.Lines);
        violations.ThrowIfAny();
        var lines = new List<Domain.ReturnedUnits>(request.Lines.Count);
        for (var i = 0; i < request.Lines.Count; i++)
        {
            var line = request.Lines[i];
            var warehouse = await warehouses.RequireAsync(violations, line.WarehouseId, $"lines[{i}].warehouseId", context.CancellationToken);
            lines.Add(new Domain.ReturnedUnits(line.Sku, warehouse, line.Quantity, line.Disposition is ReturnDisposition.Scrap));
        }

        violations.ThrowIfAny();
        return new ReceiveReturnResponse
        {
            Applied = await staff.TakeBackAsync(request.ReturnId, request.OrderId, lines, request.Unsent).WaitAsync(context.CancellationToken),
        };
    }

    /// <inheritdoc/>
    [Authorize(Policies.AuditRead)]
    public override async Task<AuditPartitionResponse> AuditPartition(AuditPartitionRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.Check(request.Partition >= 0 && request.Partition < partitions.Count, "partition", $"must be 0 to {partitions.Count - 1}");
        violations.Check(request.PageToken.Length == 0 || int.TryParse(request.PageToken, out _), "pageToken", "must be a nextPageToken");
        violations.ThrowIfAny();
        var page = await partitions.AuditAsync(request.Partition, request.PageToken, context.CancellationToken);
        var response = new AuditPartitionResponse { PartitionCount = partitions.Count, NextPageToken = page.NextToken };
        response.Skus.AddRange(page.Skus.Select(sku => sku.ToMessage()));
        return response;
    }

    private static IReadOnlyList<Domain.Units> Check(Violations violations, string reservationId, RepeatedField<StockLine> stockLines)
    {
        violations.CheckId(reservationId, "reservationId");
        var lines = violations.Lines(stockLines, InventoryRules.MaxReservationLines);
        violations.ThrowIfAny();
        return lines;
    }
}
