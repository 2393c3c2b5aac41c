using NexusCart.Inventory.V1;

namespace NexusCart.Cli.Audit;

/// <summary>What must hold within the books of one SKU, whatever orders say: each page of books was read in one instant.</summary>
internal static class StockInvariants
{
    /// <summary>Checks a SKU; what does not agree is added to the drifts.</summary>
    public static void Check(SkuAudit sku, List<Drift> drifts)
    {
        CheckTotals(sku, drifts);
        CheckWarehouses(sku, drifts);
        CheckBackorders(sku, drifts);
        CheckLedger(sku, drifts);
    }

    private static void CheckTotals(SkuAudit sku, List<Drift> drifts)
    {
        if (sku.Received + sku.Adjusted + sku.Returned + sku.Owed != sku.OnHand + sku.Sold)
        {
            Add(drifts, "received + adjusted + returned + owed = on hand + sold", sku,
                $"{sku.Received} + {sku.Adjusted} + {sku.Returned} + {sku.Owed} ≠ {sku.OnHand} + {sku.Sold}");
        }

        var held = sku.Open.SelectMany(open => open.Allocations).Sum(part => (long)part.Quantity);
        if (sku.Reserved != held)
            Add(drifts, "reserved = sum of open reservations", sku, $"{sku.Reserved} ≠ {held}");
        if (sku.Returned > sku.Sold - sku.Owed)
            Add(drifts, "no more comes back than was delivered", sku, $"{sku.Returned} of {sku.Sold} less {sku.Owed} still owed");
    }

    private static void CheckWarehouses(SkuAudit sku, List<Drift> drifts)
    {
        if (sku.OnHand != sku.Warehouses.Sum(shelf => shelf.OnHand) || sku.Reserved != sku.Warehouses.Sum(shelf => shelf.Reserved))
        {
            Add(drifts, "a SKU is the sum of its warehouses", sku,
                $"on hand {sku.OnHand}, reserved {sku.Reserved}; warehouses {Show(sku.Warehouses)}");
        }

        foreach (var shelf in sku.Warehouses)
        {
            if (shelf.Reserved < 0 || shelf.Reserved > shelf.OnHand)
                Add(drifts, "0 ≤ reserved ≤ on hand", sku, $"{shelf.WarehouseId}: reserved {shelf.Reserved}, on hand {shelf.OnHand}");
            var held = sku.Open.SelectMany(open => open.Allocations).Where(part => part.WarehouseId == shelf.WarehouseId).Sum(part => (long)part.Quantity);
            if (shelf.Reserved != held)
                Add(drifts, "reserved in a warehouse = sum of its allocations", sku, $"{shelf.WarehouseId}: {shelf.Reserved} ≠ {held}");
        }
    }

    private static void CheckBackorders(SkuAudit sku, List<Drift> drifts)
    {
        var waiting = sku.Open.Sum(open => (long)open.Backordered);
        if (sku.Backordered != sku.Queued || sku.Owed != sku.QueuedSold)
        {
            Add(drifts, "backordered = sum of the queue", sku,
                $"{sku.Backordered} ({sku.Owed} of them sold) ≠ {sku.Queued} ({sku.QueuedSold})");
        }

        if (sku.Backordered - sku.Owed != waiting)
            Add(drifts, "backordered = owed + sum of open reservations", sku, $"{sku.Backordered} ≠ {sku.Owed} + {waiting}");
        foreach (var open in sku.Open.Where(open => open.Quantity != open.Allocations.Sum(part => part.Quantity) + open.Backordered))
        {
            Add(drifts, "a reservation = its allocations + what is to come", sku,
                $"{open.ReservationId}: {open.Quantity} ≠ {open.Allocations.Sum(part => part.Quantity)} + {open.Backordered}");
        }
    }

    private static void CheckLedger(SkuAudit sku, List<Drift> drifts)
    {
        // Stock from before there were ledgers, of which nothing has moved since.
        if (sku.Ledger is not { } ledger)
            return;
        if (!ledger.Unbroken)
            Add(drifts, "a ledger has no gap", sku, "a movement is missing, or a part does not begin where the one before ends");
        if (!Figures(sku.Warehouses).SequenceEqual(Figures(ledger.Warehouses)))
            Add(drifts, "on hand and reserved = sum of the ledger", sku, $"{Show(sku.Warehouses)} ≠ {Show(ledger.Warehouses)}");
        if (sku.Backordered != ledger.Backordered)
            Add(drifts, "backordered = sum of the ledger", sku, $"{sku.Backordered} ≠ {ledger.Backordered}");
    }

    /// <summary>Figures by warehouse; one that has nothing is as good as none.</summary>
    private static IEnumerable<(string Id, long OnHand, long Reserved)> Figures(IEnumerable<WarehouseAudit> warehouses) => warehouses
        .Where(shelf => shelf is not { OnHand: 0, Reserved: 0 })
        .Select(shelf => (shelf.WarehouseId, shelf.OnHand, shelf.Reserved))
        .OrderBy(shelf => shelf.WarehouseId, StringComparer.Ordinal);

    private static string Show(IEnumerable<WarehouseAudit> warehouses) =>
        string.Join(", ", Figures(warehouses).Select(shelf => $"{shelf.Id} {shelf.OnHand}/{shelf.Reserved}"));

    private static void Add(List<Drift> drifts, string invariant, SkuAudit sku, string detail) => drifts.Add(new Drift(invariant, sku.Sku, detail));
}
