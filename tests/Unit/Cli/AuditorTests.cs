using NexusCart.Cli.Audit;
using NexusCart.Common.V1;
using NexusCart.Inventory.V1;
using NexusCart.Orders.V1;
using NexusCart.Payments.V1;

namespace NexusCart.Tests.Unit.Cli;

/// <summary>Each test breaks one thing in a shop that agrees, and the auditor must name that thing.</summary>
public sealed class AuditorTests
{
    private readonly SkuAudit _sku = new()
    {
        Sku = "A",
        Received = 10,
        OnHand = 8,
        Sold = 2,
        Reserved = 1,
        Open = { new OpenReservation { ReservationId = "o3", Quantity = 1, Allocations = { new Allocation { Sku = "A", WarehouseId = "main", Quantity = 1 } } } },
        Warehouses = { new WarehouseAudit { WarehouseId = "main", OnHand = 8, Reserved = 1 } },
        Ledger = new LedgerAudit { Unbroken = true, Warehouses = { new WarehouseAudit { WarehouseId = "main", OnHand = 8, Reserved = 1 } } },
    };

    private readonly OrderAudit _paid = Order("o1", "k1", OrderStatus.Paid);
    private readonly OrderAudit _cancelled = Order("o2", "k2", OrderStatus.Cancelled);
    private readonly OrderAudit _running = Order("o3", "k3", OrderStatus.Processing, quantity: 1);
    private readonly Payment _captured = Pay("o1", PaymentStatus.Captured, captured: 500);
    private readonly Payment _voided = Pay("o2", PaymentStatus.Voided);

    [Fact]
    public void A_shop_that_agrees_has_no_drift()
    {
        var report = Check();
        Assert.Empty(report.Drifts);
        Assert.Equal((10L, 2L, 1L, 1), (report.UnitsReceived, report.UnitsSold, report.UnitsReserved, report.OrdersUnderWay));
        Assert.Equal(500, report.NetTaken["EUR"]);
    }

    [Fact]
    public void An_order_under_way_may_have_sold_its_units_already()
    {
        Hold(7, 3, 0);
        _sku.Open.Clear();
        Assert.Empty(Check().Drifts);
    }

    [Fact]
    public void Lost_units() => AssertDrift("received + adjusted + returned + owed = on hand + sold", () => _sku.Sold = 3);

    [Fact]
    public void A_reservation_that_nobody_counts() => AssertDrift("reserved = sum of open reservations", () => Hold(8, 2, 3));

    [Fact]
    public void More_held_than_there_is() => AssertDrift("0 ≤ reserved ≤ on hand", () =>
    {
        Hold(8, 2, 9);
        (_sku.Open[0].Quantity, _sku.Open[0].Allocations[0].Quantity) = (9, 9);
    });

    [Fact]
    public void Units_held_for_a_cancelled_order() => AssertDrift("an ended order holds nothing", () => _sku.Open[0].ReservationId = "o2");

    [Fact]
    public void Units_held_for_nobody() => AssertDrift("every reservation has an order", () => _sku.Open[0].ReservationId = "o9");

    [Fact]
    public void Sold_more_than_ordered() => AssertDrift("units sold = units of paid orders", () => Hold(6, 4, 1));

    [Fact]
    public void Paid_for_units_that_were_not_sold() => AssertDrift("units sold = units of paid orders", () => Hold(9, 1, 1));

    [Theory]
    [InlineData(OrderStatus.PartiallyShipped)]
    [InlineData(OrderStatus.Shipped)]
    [InlineData(OrderStatus.Delivered)]
    [InlineData(OrderStatus.Cancelling)]
    public void Wherever_its_goods_are_a_paid_order_keeps_its_money(OrderStatus status)
    {
        _paid.Status = status;
        Assert.Empty(Check().Drifts);
        AssertDrift("captured − refunded = total of a paid order", () => _captured.Captured.MinorUnits = 499);
    }

    [Fact]
    public void What_was_given_back_is_missing_and_what_is_on_its_way_may_be()
    {
        (_paid.Refunded, _paid.Refunding) = (Money(100), Money(50));
        foreach (var refunded in new[] { 100L, 125L, 150L })
        {
            _captured.Refunded = Money(refunded);
            Assert.Empty(Check().Drifts);
        }

        AssertDrift("captured − refunded = total of a paid order", () => _captured.Refunded = Money(151));
        AssertDrift("captured − refunded = total of a paid order", () => _captured.Refunded = Money(99));
    }

    [Fact]
    public void An_order_cancelled_after_it_was_paid_had_sold_its_units()
    {
        (_paid.Status, _paid.Refunded, _captured.Refunded) = (OrderStatus.Cancelled, Money(500), Money(500));
        Assert.Empty(Check().Drifts);
        AssertDrift("a cancelled order costs nothing", () => _captured.Refunded = Money(499));
    }

    [Fact]
    public void An_order_that_costs_nothing_has_no_payment()
    {
        (_paid.Total, _captured.PaymentId) = (Money(0), "o2");
        _voided.PaymentId = "o3";
        Assert.DoesNotContain(Check().Drifts, drift => drift.Subject == "o1");

        // Cancelled after it was paid, its units had been sold: they came back.
        _paid.Status = OrderStatus.Cancelled;
        AssertDrift("units sold = units of paid orders", () => { });
        _paid.Back.Add(new OrderUnits { Sku = "A", Quantity = 2 });
        Assert.DoesNotContain(Check().Drifts, drift => drift.Subject == "o1" || drift.Invariant == "units sold = units of paid orders");
    }

    [Fact]
    public void A_paid_order_without_a_payment() => AssertDrift("captured − refunded = total of a paid order", () => _captured.PaymentId = "o9");

    [Fact]
    public void Captured_less_than_the_total() => AssertDrift("captured − refunded = total of a paid order", () => _captured.Captured.MinorUnits = 499);

    [Fact]
    public void A_paid_order_that_was_refunded() => AssertDrift("captured − refunded = total of a paid order", () => _captured.Refunded = Money(500));

    [Fact]
    public void A_cancelled_order_that_cost_money() => AssertDrift("a cancelled order costs nothing", () => _voided.Captured = Money(500));

    [Fact]
    public void A_cancelled_order_with_an_open_authorisation() =>
        AssertDrift("a cancelled order holds no authorisation", () => _voided.Status = PaymentStatus.Authorized);

    [Fact]
    public void Two_orders_under_one_key() => AssertDrift("one order per idempotency key", () => _running.IdempotencyKey = "k1");

    [Fact]
    public void A_payment_without_order() => AssertDrift("every payment has an order", () => _voided.PaymentId = "o9");

    [Fact]
    public void A_parked_order() => AssertDrift("no order waits for staff", () => _running.Status = OrderStatus.NeedsAttention);

    [Fact]
    public void Units_that_came_back_are_in_stocks_books()
    {
        Back(returned: 1);
        Assert.Empty(Check().Drifts);
        AssertDrift("units returned = units back of orders", () => _paid.Back[0].Quantity = 2);
    }

    [Fact]
    public void Units_that_nobody_sent_back() => AssertDrift("units returned = units back of orders", () =>
    {
        Back(returned: 1);
        _paid.Back.Clear();
    });

    [Fact]
    public void Units_on_their_way_back_may_be_there_or_not()
    {
        Back(returned: 1);
        _paid.Back.Clear();
        _paid.ComingBack.Add(new OrderUnits { Sku = "A", Quantity = 1 });
        Assert.Empty(Check().Drifts);
        Back(returned: 0);
        _paid.Back.Clear();
        Assert.Empty(Check().Drifts);
    }

    /// <summary>So many units of the paid order are in stock again.</summary>
    private void Back(int returned)
    {
        Hold(8 + returned, 2, 1);
        _sku.Returned = returned;
        _paid.Back.Clear();
        _paid.Back.Add(new OrderUnits { Sku = "A", Quantity = returned });
    }

    /// <summary>Another state of the same stock that agrees with itself.</summary>
    private void Hold(long onHand, long sold, long reserved)
    {
        (_sku.OnHand, _sku.Sold, _sku.Reserved) = (onHand, sold, reserved);
        foreach (var shelf in new[] { _sku.Warehouses[0], _sku.Ledger.Warehouses[0] })
            (shelf.OnHand, shelf.Reserved) = (onHand, reserved);
    }

    private void AssertDrift(string invariant, Action fault)
    {
        fault();
        Assert.Contains(Check().Drifts, drift => drift.Invariant == invariant);
    }

    private AuditReport Check() => Auditor.Check(new ShopLedger([_sku], [_paid, _cancelled, _running], [_captured, _voided]));

    private static OrderAudit Order(string id, string key, OrderStatus status, int quantity = 2) => new()
    {
        OrderId = id,
        CustomerId = "c",
        IdempotencyKey = key,
        Status = status,
        Total = Money(250 * quantity),
        Lines = { new OrderLine { Sku = "A", Quantity = quantity } },
    };

    private static Payment Pay(string id, PaymentStatus status, long captured = 0) =>
        new() { PaymentId = id, Status = status, Amount = Money(500), Captured = Money(captured), Refunded = Money(0) };

    private static Money Money(long minorUnits) => new() { MinorUnits = minorUnits, Currency = "EUR" };
}
