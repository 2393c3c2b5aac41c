using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using NexusCart.Inventory.Actors;
using NexusCart.Inventory.Domain;
using NexusCart.Inventory.V1;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Security;
using NexusCart.Platform.Values;

namespace NexusCart.Inventory.Api;

/// <summary>The contract of protos/nexuscart/inventory/v1: validates, calls, maps.</summary>
public sealed class InventoryService(
    StockPartitions partitions, ReservationCoordinator reservations, AvailabilityReader availability) : V1.Inventory.InventoryBase
{
    /// <inheritdoc/>
    [AllowAnonymous]
    public override async Task<GetAvailabilityResponse> GetAvailability(GetAvailabilityRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.Skus(request.Skus);
        violations.ThrowIfAny();
        var levels = await availability.ReadAsync(request.Skus, context.CancellationToken);
        var response = new GetAvailabilityResponse();
        response.Items.AddRange(request.Skus.Zip(levels, ToMessage));
        return response;
    }

    /// <inheritdoc/>
    [AllowAnonymous]
    public override async Task<Availability> GetSkuAvailability(GetSkuAvailabilityRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.CheckSku(request.Sku, "sku");
        violations.ThrowIfAny();
        var levels = await availability.ReadAsync([request.Sku], context.CancellationToken);
        return levels[0] is { } level ? ToMessage(request.Sku, level) : throw Refusal.NotFound("stock", request.Sku);
    }

    /// <inheritdoc/>
    [Authorize(Policies.InventoryWrite)]
    public override async Task<ReceiveStockResponse> ReceiveStock(ReceiveStockRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.ReceiptId(request.ReceiptId);
        var lines = violations.Lines(request.Lines, InventoryRules.MaxReceiptLines);
        violations.ThrowIfAny();
        var replies = await Task.WhenAll(lines.GroupBy(line => partitions.Of(line.Sku)).Select(group =>
            partitions.SendAsync(group.Key, new ReceiveGoods(request.ReceiptId, [.. group])))).WaitAsync(context.CancellationToken);
        availability.Forget(lines);
        return new ReceiveStockResponse { Applied = replies.Sum(reply => reply.Applied) };
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
        var lines = Check(violations, request.ReservationId, request.Lines);
        var result = await reservations.ReserveAsync(request.ReservationId, lines, ttl, from, context.CancellationToken);
        availability.Forget(lines);
        var response = new ReserveResponse { Reserved = result.Reserved };
        if (result.ExpiresAt is { } expiresAt)
            response.ExpiresAt = Timestamp.FromDateTimeOffset(expiresAt);
        response.Shortages.AddRange(result.Missing.Select(missing => new Shortage
        {
            Sku = missing.Sku,
            Requested = missing.Requested,
            Available = Clamp(missing.Available),
            Unknown = !missing.Known,
        }));
        return response;
    }

    /// <inheritdoc/>
    [Authorize(Policies.Internal)]
    public override async Task<ReleaseResponse> Release(ReleaseRequest request, ServerCallContext context)
    {
        var lines = Check(new Violations(), request.ReservationId, request.Lines);
        var released = await reservations.ReleaseAsync(request.ReservationId, lines, context.CancellationToken);
        availability.Forget(lines);
        return new ReleaseResponse { Released = released };
    }

    /// <inheritdoc/>
    [Authorize(Policies.Internal)]
    public override async Task<CommitResponse> Commit(CommitRequest request, ServerCallContext context)
    {
        var lines = Check(new Violations(), request.ReservationId, request.Lines);
        await reservations.CommitAsync(request.ReservationId, lines, context.CancellationToken);
        return new CommitResponse();
    }

    /// <inheritdoc/>
    [Authorize(Policies.Internal)]
    public override async Task<RestockResponse> Restock(RestockRequest request, ServerCallContext context)
    {
        var lines = Check(new Violations(), request.ReservationId, request.Lines);
        await reservations.RestockAsync(request.ReservationId, lines, context.CancellationToken);
        availability.Forget(lines);
        return new RestockResponse();
    }

    /// <inheritdoc/>
    [Authorize(Policies.Internal)]
    public override Task<ReceiveReturnResponse> ReceiveReturn(ReceiveReturnRequest request, ServerCallContext context) =>
        base.ReceiveReturn(request, context);

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
        response.Skus.AddRange(page.Skus.Select(ToMessage));
        return response;
    }

    private static IReadOnlyList<Units> Check(
        Violations violations, string reservationId, Google.Protobuf.Collections.RepeatedField<StockLine> stockLines)
    {
        violations.CheckId(reservationId, "reservationId");
        var lines = violations.Lines(stockLines, InventoryRules.MaxReservationLines);
        violations.ThrowIfAny();
        return lines;
    }

    private static Availability ToMessage(string sku, StockLevel? level) =>
        new() { Sku = sku, Known = level is not null, Available = Clamp(level?.Available ?? 0) };

    private static SkuAudit ToMessage(AuditedSku audited)
    {
        var (level, open) = audited;
        var message = new SkuAudit
        {
            Sku = level.Sku,
            Received = level.Received,
            OnHand = level.OnHand,
            Sold = level.Sold,
            Reserved = level.Reserved,
        };
        message.Open.AddRange(open.Select(held => new OpenReservation
        {
            ReservationId = held.ReservationId,
            Quantity = held.Quantity,
            ExpiresAt = Timestamp.FromDateTimeOffset(held.ExpiresAt),
        }));
        return message;
    }

    private static int Clamp(long units) => (int)Math.Clamp(units, 0, int.MaxValue);
}
