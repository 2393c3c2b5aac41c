using NexusCart.Cli.Audit;
using NexusCart.Inventory.V1;

namespace NexusCart.Tests.Unit.Cli;

/// <summary>
/// A SKU in two warehouses with every kind of movement behind it: 20 received, 1 lost, 2 returned, 9 sold of which 2 are owed, 3 held, and
/// 4 to come. Each test breaks one thing, and the auditor must name that thing.
/// </summary>
public sealed class StockInvariantsTests
{
    private readonly SkuAudit _sku = new()
    {
        Sku = "A",
        Received = 20,
        Adjusted = -1,
        Returned = 2,
        OnHand = 14,
        Sold = 9,
        Owed = 2,
        Reserved = 3,
        Backordered = 6,
        Queued = 6,
        QueuedSold = 2,
        Open =
        {
            new OpenReservation { ReservationId = "o1", Quantity = 3, Allocations = { Part("main", 2), Part("east", 1) } },
            new OpenReservation { ReservationId = "o2", Quantity = 4, Backordered = 4 },
        },
        Warehouses = { Shelf("main", 4, 2), Shelf("east", 10, 1), Shelf("west", 0, 0) },
        Ledger = new LedgerAudit { Unbroken = true, Backordered = 6, Warehouses = { Shelf("east", 10, 1), Shelf("main", 4, 2) } },
    };

    [Fact]
    public void Books_that_agree_have_no_drift() => Assert.Empty(Check());

    [Fact]
    public void Stock_from_before_there_were_ledgers_is_not_drift()
    {
        _sku.Ledger = null;
        Assert.Empty(Check());
    }

    [Fact]
    public void Units_that_came_from_nowhere() => AssertDrift("received + adjusted + returned + owed = on hand + sold", () => _sku.Adjusted = 0);

    [Fact]
    public void More_came_back_than_was_delivered() => AssertDrift(
        "no more comes back than was delivered", () => (_sku.Received, _sku.Returned) = (14, 8));

    [Fact]
    public void A_warehouse_that_the_total_forgot() => AssertDrift(
        "a SKU is the sum of its warehouses", () => _sku.Warehouses.Add(Shelf("south", 1, 0)));

    [Fact]
    public void A_warehouse_that_holds_more_than_it_has() => AssertDrift("0 ≤ reserved ≤ on hand", () =>
    {
        (_sku.Warehouses[0].OnHand, _sku.Warehouses[1].OnHand) = (1, 13);
        (_sku.Ledger.Warehouses[1].OnHand, _sku.Ledger.Warehouses[0].OnHand) = (1, 13);
    });

    [Fact]
    public void Units_held_in_the_wrong_warehouse() => AssertDrift(
        "reserved in a warehouse = sum of its allocations", () => _sku.Open[0].Allocations[0].WarehouseId = "east");

    [Fact]
    public void Held_units_that_nobody_reserved() => AssertDrift("reserved = sum of open reservations", () => _sku.Open[0].Allocations.RemoveAt(1));

    [Fact]
    public void A_reservation_that_is_not_covered() => AssertDrift(
        "a reservation = its allocations + what is to come", () => _sku.Open[0].Quantity = 4);

    [Fact]
    public void A_backorder_that_fell_out_of_the_queue() => AssertDrift("backordered = sum of the queue", () => _sku.Queued = 5);

    [Fact]
    public void A_sold_backorder_that_the_queue_takes_for_open() => AssertDrift("backordered = sum of the queue", () => _sku.QueuedSold = 1);

    [Fact]
    public void A_backorder_that_nobody_waits_for() => AssertDrift(
        "backordered = owed + sum of open reservations", () => _sku.Open.RemoveAt(1));

    [Fact]
    public void A_movement_that_was_not_written_down() => AssertDrift(
        "on hand and reserved = sum of the ledger", () => _sku.Ledger.Warehouses[0].OnHand = 9);

    [Fact]
    public void A_hold_that_was_not_written_down() => AssertDrift(
        "on hand and reserved = sum of the ledger", () => _sku.Ledger.Warehouses[1].Reserved = 1);

    [Fact]
    public void A_promise_that_was_not_written_down() => AssertDrift("backordered = sum of the ledger", () => _sku.Ledger.Backordered = 5);

    [Fact]
    public void A_torn_ledger() => AssertDrift("a ledger has no gap", () => _sku.Ledger.Unbroken = false);

    private void AssertDrift(string invariant, Action fault)
    {
        fault();
        Assert.Contains(Check(), drift => drift.Invariant == invariant);
    }

    private IReadOnlyList<Drift> Check() => [.. Auditor.Check(new ShopLedger([_sku], [], [])).Drifts.Where(drift =>
        drift.Invariant is not ("every reservation has an order" or "units sold = units of paid orders" or "units returned = units back of orders"))];

    private static Allocation Part(string warehouse, int quantity) => new() { Sku = "A", WarehouseId = warehouse, Quantity = quantity };

    private static WarehouseAudit Shelf(string warehouse, long onHand, long reserved) =>
        new() { WarehouseId = warehouse, OnHand = onHand, Reserved = reserved };
}
