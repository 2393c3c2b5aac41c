using NexusCart.Cli.Audit;
using NexusCart.Common.V1;
using NexusCart.Inventory.V1;
using NexusCart.Orders.V1;
using NexusCart.Payments.V1;
using NexusCart.Promotions.V1;

namespace NexusCart.Tests.Unit.Cli;

/// <summary>Each test breaks one thing in a flash sale that agrees with stock and orders, and the auditor must name that thing.</summary>
public sealed class FlashSaleAuditorTests
{
    private readonly FlashSale _sale = new()
    {
        Terms = new FlashSaleTerms { SaleId = "s", Sku = "A", Units = 10, UnitsPerCustomer = 1 }, Status = FlashSaleStatus.Live, UnitsLeft = 7, UnitsPaid = 1,
    };

    // 10 received, 1 sold; 8 set aside for 7 that are left and 1 open claim; 1 held by the order of the claim in checkout.
    private readonly SkuAudit _sku = new()
    {
        Sku = "A",
        Received = 10,
        OnHand = 9,
        Sold = 1,
        Reserved = 9,
        Open = { Hold("sale-s", 8), Hold("o2", 1) },
        Warehouses = { new WarehouseAudit { WarehouseId = "main", OnHand = 9, Reserved = 9 } },
    };

    private readonly ClaimAudit _paid = Claim("s-0", "c1", FlashSaleClaimStatus.Paid, "o1");
    private readonly ClaimAudit _checkout = Claim("s-1", "c2", FlashSaleClaimStatus.Checkout, "o2");
    private readonly ClaimAudit _open = Claim("s-2", "c3", FlashSaleClaimStatus.Open);
    private readonly ClaimAudit _released = Claim("s-3", "c4", FlashSaleClaimStatus.Released, "o3");
    private readonly OrderAudit _sold = Order("o1", "c1", OrderStatus.Paid);
    private readonly OrderAudit _running = Order("o2", "c2", OrderStatus.Processing);
    private readonly OrderAudit _cancelled = Order("o3", "c4", OrderStatus.Cancelled);
    private string _reservation = "sale-s";
    private bool _hasMoved;

    [Fact]
    public void A_sale_that_agrees_has_no_drift() => Assert.Empty(Check());

    [Fact]
    public void A_claim_in_checkout_may_have_its_units_in_the_sale_still()
    {
        _sku.Open.Clear();
        _sku.Open.Add(Hold("sale-s", 9));
        Assert.Empty(Check());
    }

    [Theory]
    [InlineData(7)]
    [InlineData(10)]
    public void Set_aside_are_more_or_less_than_the_sale_has_left(int units) => AssertDrift("units set aside = units a sale has left", () => Aside(units));

    [Fact]
    public void What_moved_while_it_was_read_is_not_counted()
    {
        (_hasMoved, _sale.UnitsLeft) = (true, 6);
        Aside(7);
        Assert.Empty(Check());
    }

    [Fact]
    public void A_sale_that_is_over_holds_nothing() => AssertDrift("units set aside = units a sale has left", () =>
    {
        (_sale.Status, _reservation) = (FlashSaleStatus.Ended, "");
        (_open.Status, _checkout.Status, _sale.UnitsLeft) = (FlashSaleClaimStatus.Released, FlashSaleClaimStatus.Released, 9);
    });

    [Fact]
    public void Units_set_aside_for_no_sale() => AssertDrift("every reservation has an order or a sale", () => _sku.Open[0].ReservationId = "sale-t");

    [Fact]
    public void More_claimed_than_there_are() => AssertDrift("units of a sale = left + claimed", () => _sale.UnitsLeft = 8);

    [Fact]
    public void A_paid_claim_that_was_not_counted() => AssertDrift("units paid = units of paid claims", () => _sale.UnitsPaid = 0);

    [Fact]
    public void A_customer_with_two_claims() => AssertDrift("no customer has more than the sale allows", () => _open.CustomerId = "c1");

    [Fact]
    public void A_paid_claim_of_an_order_that_was_not_paid() => AssertDrift("a paid claim has a paid order", () => _paid.OrderId = "o3");

    [Fact]
    public void A_paid_claim_of_no_order() => AssertDrift("a paid claim has a paid order", () => _paid.OrderId = "o9");

    [Fact]
    public void A_paid_order_whose_claim_was_given_back() => AssertDrift("a claim that was given back has no paid order", () => _released.OrderId = "o1");

    [Fact]
    public void Two_claims_of_one_order() => AssertDrift("one claim per order", () => _checkout.OrderId = "o1");

    private void Aside(int units)
    {
        _sku.Open[0].Quantity = _sku.Open[0].Allocations[0].Quantity = units;
        _sku.Reserved = _sku.Warehouses[0].Reserved = units + 1;
        _sku.OnHand = _sku.Warehouses[0].OnHand = units + 1;
        _sku.Received = _sku.OnHand + _sku.Sold;
    }

    private void AssertDrift(string invariant, Action fault)
    {
        fault();
        Assert.Contains(Check(), drift => drift.Invariant == invariant);
    }

    private IReadOnlyList<Drift> Check() => Auditor.Check(new ShopLedger([_sku], [_sold, _running, _cancelled], [Captured("o1")])
    {
        FlashSales = [new FlashSaleLedger(_sale, _reservation, [_paid, _checkout, _open, _released], _hasMoved)],
    }).Drifts;

    private static OpenReservation Hold(string id, int quantity) =>
        new() { ReservationId = id, Quantity = quantity, Allocations = { new Allocation { Sku = "A", WarehouseId = "main", Quantity = quantity } } };

    private static ClaimAudit Claim(string id, string customer, FlashSaleClaimStatus status, string order = "") =>
        new() { ClaimId = id, CustomerId = customer, Quantity = 1, Status = status, OrderId = order };

    private static OrderAudit Order(string id, string customer, OrderStatus status) => new()
    {
        OrderId = id, CustomerId = customer, IdempotencyKey = "k", Status = status, Total = Euro(100), Lines = { new OrderLine { Sku = "A", Quantity = 1 } },
    };

    private static Payment Captured(string id) =>
        new() { PaymentId = id, Status = PaymentStatus.Captured, Amount = Euro(100), Captured = Euro(100), Refunded = Euro(0) };

    private static Money Euro(long minorUnits) => new() { MinorUnits = minorUnits, Currency = "EUR" };
}
