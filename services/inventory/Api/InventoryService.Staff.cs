using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using NexusCart.Inventory.Actors;
using NexusCart.Inventory.V1;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Security;
using NexusCart.Platform.Values;

namespace NexusCart.Inventory.Api;

/// <content>What staff does to stock and warehouses.</content>
public sealed partial class InventoryService
{
    /// <inheritdoc/>
    [Authorize(Policies.InventoryWrite)]
    public override async Task<ReceiveStockResponse> ReceiveStock(ReceiveStockRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.ReceiptId(request.ReceiptId);
        var lines = violations.Lines(request.Lines, InventoryRules.MaxReceiptLines);
        var warehouse = await warehouses.RequireAsync(violations, request.WarehouseId, "warehouseId", context.CancellationToken);
        violations.ThrowIfAny();
        warehouses.RequireActive(warehouse);
        var replies = await Task.WhenAll(lines.GroupBy(line => partitions.Of(line.Sku)).Select(group =>
            partitions.SendAsync(group.Key, new ReceiveGoods(request.ReceiptId, [.. group], warehouse)))).WaitAsync(context.CancellationToken);
        return new ReceiveStockResponse { Applied = replies.Sum(reply => reply.Applied) };
    }

    /// <inheritdoc/>
    [Authorize(Policies.InventoryWrite)]
    public override async Task<AdjustStockResponse> AdjustStock(AdjustStockRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.Adjustment(request);
        var warehouse = await warehouses.RequireAsync(violations, request.WarehouseId, "warehouseId", context.CancellationToken);
        violations.ThrowIfAny();
        var adjustment = new Actors.AdjustStock(
            request.AdjustmentId, request.Sku, warehouse, request.Delta, Code(request.Reason), context.CustomerId());
        var answer = await staff.AdjustAsync(adjustment).WaitAsync(context.CancellationToken);
        return new AdjustStockResponse { OnHand = answer.Units, Applied = !answer.Repeated };
    }

    /// <inheritdoc/>
    [Authorize(Policies.InventoryWrite)]
    public override async Task<TransferStockResponse> TransferStock(TransferStockRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.CheckId(request.TransferId, "transferId");
        violations.CheckSku(request.Sku, "sku");
        violations.Quantity(request.Quantity, "quantity");
        var from = await warehouses.RequireAsync(violations, request.FromWarehouseId, "fromWarehouseId", context.CancellationToken);
        var to = await warehouses.RequireAsync(violations, request.ToWarehouseId, "toWarehouseId", context.CancellationToken);
        violations.Check(from != to, "toWarehouseId", "must be another warehouse");
        violations.ThrowIfAny();
        warehouses.RequireActive(to);
        var transfer = new Actors.TransferStock(
            request.TransferId, new Domain.Units(request.Sku, request.Quantity), from, to, context.CustomerId());
        var answer = await staff.TransferAsync(transfer).WaitAsync(context.CancellationToken);
        return new TransferStockResponse { OnHand = answer.Units, Applied = !answer.Repeated };
    }

    /// <inheritdoc/>
    [Authorize(Policies.InventoryWrite)]
    public override async Task<Stock> GetStock(GetStockRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.CheckSku(request.Sku, "sku");
        violations.ThrowIfAny();
        var reply = await partitions.SendAsync(partitions.Of(request.Sku), new ReadLevels([request.Sku])).WaitAsync(context.CancellationToken);
        return reply.Levels![0]?.ToMessage(directory.Closed) ?? throw Refusal.NotFound("stock", request.Sku);
    }

    /// <inheritdoc/>
    [Authorize(Policies.InventoryWrite)]
    public override async Task<Stock> SetStockPolicy(SetStockPolicyRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.CheckSku(request.Sku, "sku");
        violations.Policy(request.Policy);
        violations.ThrowIfAny();
        var reply = await partitions.SendAsync(partitions.Of(request.Sku), new Actors.SetStockPolicy(request.Sku, request.Policy.ToPolicy()))
            .WaitAsync(context.CancellationToken);
        return reply.Levels![0]!.ToMessage(directory.Closed);
    }

    /// <inheritdoc/>
    [Authorize(Policies.InventoryWrite)]
    public override async Task<ListMovementsResponse> ListMovements(ListMovementsRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.CheckSku(request.Sku, "sku");
        var (limit, before) = violations.Page(request.PageSize, request.PageToken);
        violations.ThrowIfAny();
        var page = await partitions.MovementsAsync(new MovementsRequest(request.Sku, before, limit), context.CancellationToken);
        if (!page.Known)
            throw Refusal.NotFound("stock", request.Sku);
        var response = new ListMovementsResponse { NextPageToken = page.More ? string.Create(null, $"{page.Movements[^1].Number}") : "" };
        response.Movements.AddRange(page.Movements.Select(movement => movement.ToMessage()));
        return response;
    }

    /// <inheritdoc/>
    [Authorize(Policies.InventoryWrite)]
    public override async Task<ListWarehousesResponse> ListWarehouses(ListWarehousesRequest request, ServerCallContext context)
    {
        var response = new ListWarehousesResponse();
        response.Warehouses.AddRange((await warehouses.ListAsync(context.CancellationToken)).Select(warehouse => warehouse.ToMessage()));
        return response;
    }

    /// <inheritdoc/>
    [Authorize(Policies.InventoryWrite)]
    public override async Task<Warehouse> PutWarehouse(PutWarehouseRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.Warehouse(request);
        violations.ThrowIfAny();
        var draft = new Domain.Warehouse(
            request.WarehouseId, request.Name.Trim(), request.Country, request.Priority, !request.HasActive || request.Active, Version: 0);
        return (await warehouses.PutAsync(draft, context.CancellationToken)).ToMessage();
    }

    /// <summary>The reason as the ledger has it: "own_use".</summary>
    private static string Code(AdjustmentReason reason) => reason switch
    {
        AdjustmentReason.Count => "count",
        AdjustmentReason.Damaged => "damaged",
        AdjustmentReason.Lost => "lost",
        AdjustmentReason.Found => "found",
        AdjustmentReason.Expired => "expired",
        _ => "own_use",
    };
}
