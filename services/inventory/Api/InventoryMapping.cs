using Google.Protobuf.WellKnownTypes;
using NexusCart.Inventory.Actors;
using NexusCart.Inventory.V1;

namespace NexusCart.Inventory.Api;

/// <summary>From what inventory knows to what its contract says.</summary>
internal static class InventoryMapping
{
    public static IEnumerable<Allocation> ToAllocations(this IEnumerable<Domain.HeldLine> lines) =>
        lines.SelectMany(line => line.Allocations, (line, allocation) => ToMessage(line.Sku, allocation));

    public static IEnumerable<BackorderedUnits> ToBackordered(this IEnumerable<Domain.HeldLine> lines) =>
        lines.Where(line => line.Waiting is not null).Select(line => new BackorderedUnits { Sku = line.Sku, Quantity = line.Waiting!.Units });

    public static Shortage ToMessage(this Domain.MissingUnits missing) => new()
    {
        Sku = missing.Sku,
        Requested = missing.Requested,
        Available = (int)Math.Clamp(missing.Available, 0, int.MaxValue),
        Unknown = !missing.Known,
    };

    public static Warehouse ToMessage(this Domain.Warehouse warehouse) => new()
    {
        WarehouseId = warehouse.Id,
        Name = warehouse.Name,
        Country = warehouse.Country,
        Priority = warehouse.Priority,
        Active = warehouse.Active,
        Version = warehouse.Version,
    };

    public static Stock ToMessage(this Domain.StockLevel level, IReadOnlySet<string> closed)
    {
        var message = new Stock
        {
            Sku = level.Sku,
            Available = level.AvailableOutside(closed),
            Backordered = level.Backordered,
            Policy = new StockPolicy { Backorder = (BackorderMode)level.Rules.Backorder, BackorderLimit = level.Rules.BackorderLimit },
        };
        if (level.Rules.LowStockThreshold is { } threshold)
            message.Policy.LowStockThreshold = threshold;
        message.Warehouses.AddRange(level.AllShelves.Select(shelf => new WarehouseStock
        {
            WarehouseId = shelf.Warehouse,
            OnHand = shelf.OnHand,
            Reserved = shelf.Reserved,
        }));
        return message;
    }

    /// <summary>The modes of the contract and of the domain have the same numbers; a limit counts only where there is one.</summary>
    public static Domain.StockPolicy ToPolicy(this StockPolicy policy) => new(
        (Domain.BackorderMode)policy.Backorder,
        policy.Backorder is BackorderMode.Limited ? policy.BackorderLimit : 0,
        policy.HasLowStockThreshold ? policy.LowStockThreshold : null);

    public static Movement ToMessage(this Domain.Movement movement) => new()
    {
        Number = movement.Number,
        Time = Timestamp.FromDateTimeOffset(movement.At),
        Kind = (MovementKind)(movement.Kind + 1),
        CauseId = movement.Cause,
        WarehouseId = movement.Warehouse,
        Quantity = movement.Quantity,
        Delta = movement.Delta,
        ReservedDelta = movement.Held,
        BackorderedDelta = movement.Promised,
        Balance = movement.Balance,
        Reason = movement.Reason ?? "",
        Subject = movement.Actor ?? "",
    };

    public static SkuAudit ToMessage(this AuditedSku audited)
    {
        var level = audited.Level;
        var message = new SkuAudit
        {
            Sku = level.Sku,
            Received = level.Received,
            OnHand = level.OnHand,
            Sold = level.Sold,
            Reserved = level.Reserved,
            Adjusted = level.Adjusted,
            Returned = level.Returned,
            Backordered = level.Backordered,
            Owed = level.Owed,
            Queued = audited.Waiting,
            QueuedSold = audited.WaitingSold,
            Ledger = audited.Ledger?.ToMessage(),
        };
        message.Warehouses.AddRange(level.AllShelves.Select(shelf => new WarehouseAudit
        {
            WarehouseId = shelf.Warehouse,
            OnHand = shelf.OnHand,
            Reserved = shelf.Reserved,
        }));
        message.Open.AddRange(audited.Open.Select(held => ToMessage(level.Sku, held)));
        return message;
    }

    private static LedgerAudit ToMessage(this Domain.LedgerSummary ledger)
    {
        var message = new LedgerAudit { Unbroken = ledger.Unbroken, Backordered = ledger.Balances.Sum(balance => balance.Backordered) };
        message.Warehouses.AddRange(ledger.Balances.Where(balance => balance.Warehouse.Length > 0).Select(balance => new WarehouseAudit
        {
            WarehouseId = balance.Warehouse,
            OnHand = balance.OnHand,
            Reserved = balance.Reserved,
        }));
        return message;
    }

    private static OpenReservation ToMessage(string sku, HeldUnits held)
    {
        var message = new OpenReservation
        {
            ReservationId = held.ReservationId,
            Quantity = held.Quantity,
            ExpiresAt = Timestamp.FromDateTimeOffset(held.ExpiresAt),
            Backordered = held.Waiting,
        };
        message.Allocations.AddRange(held.Allocations.Select(allocation => ToMessage(sku, allocation)));
        return message;
    }

    private static Allocation ToMessage(string sku, Domain.Allocation allocation) =>
        new() { Sku = sku, WarehouseId = allocation.Warehouse, Quantity = allocation.Quantity };
}
