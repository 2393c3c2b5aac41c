using NexusCart.Cli.Audit;
using NexusCart.Common.V1;
using NexusCart.Orders.V1;
using NexusCart.Payments.V1;
using NexusCart.Promotions.V1;

namespace NexusCart.Tests.Unit.Cli;

/// <summary>Each test breaks one thing in promotions that agree with their orders, and the auditor must name that thing.</summary>
public sealed class PromotionAuditorTests
{
    private readonly OrderAudit _paid = Order("o1", OrderStatus.Paid);
    private readonly OrderAudit _cancelled = Order("o2", OrderStatus.Cancelled);
    private readonly PromotionAudit _promotion = new() { PromotionId = "p", Uses = 1, Spent = { Money(100) }, TotalLimit = 1 };
    private readonly RedemptionAudit _redeemed = Redeemed("o1", true);
    private readonly RedemptionAudit _restored = Redeemed("o2", false);
    private readonly Payment _payment = new() { PaymentId = "o1", Status = PaymentStatus.Captured, Amount = Money(400), Captured = Money(400), Refunded = Money(0) };
    private readonly Payment _voided = new() { PaymentId = "o2", Status = PaymentStatus.Voided, Amount = Money(400), Captured = Money(0), Refunded = Money(0) };
    private readonly Money _budget = Money(150);

    [Fact]
    public void Promotions_that_agree_have_no_drift() => Assert.Empty(Check());

    [Fact]
    public void An_order_under_way_may_have_redeemed_or_not()
    {
        _paid.Status = OrderStatus.Processing;
        Assert.Empty(Check());
        (_redeemed.Redeemed, _promotion.Uses, _promotion.Spent[0].MinorUnits) = (false, 0, 0);
        Assert.Empty(Check());
    }

    [Fact]
    public void The_uses_of_a_paid_order_that_was_cancelled_come_back_a_little_later()
    {
        (_paid.Status, _paid.Refunded, _payment.Refunded) = (OrderStatus.Cancelled, Money(400), Money(400));
        Assert.Empty(Check());
        (_redeemed.Redeemed, _promotion.Uses, _promotion.Spent[0].MinorUnits) = (false, 0, 0);
        Assert.Empty(Check());
    }

    [Theory]
    [InlineData(OrderStatus.Paid)]
    [InlineData(OrderStatus.PartiallyShipped)]
    [InlineData(OrderStatus.Delivered)]
    public void A_paid_order_that_redeemed_nothing(OrderStatus status) => AssertDrift(
        "coupon uses = redemptions of paid orders",
        () => (_paid.Status, _redeemed.Redeemed, _promotion.Uses, _promotion.Spent[0].MinorUnits) = (status, false, 0, 0));

    [Fact]
    public void A_redemption_of_another_amount() => AssertDrift(
        "coupon uses = redemptions of paid orders", () => (_redeemed.Redemptions[0].AmountMinorUnits, _promotion.Spent[0].MinorUnits) = (90, 90));

    [Fact]
    public void A_use_that_nobody_counted() => AssertDrift("uses counted = orders that redeemed", () => _promotion.Uses = 0);

    [Fact]
    public void Money_that_nobody_counted() => AssertDrift("budget spent = discounts of paid orders", () => _promotion.Spent[0].MinorUnits = 99);

    [Fact]
    public void More_uses_than_allowed() => AssertDrift("uses ≤ limit", () =>
    {
        (_restored.Redeemed, _cancelled.Status) = (true, OrderStatus.Processing);
        (_promotion.Uses, _promotion.Spent[0].MinorUnits) = (2, 200);
    });

    [Fact]
    public void More_spent_than_budgeted() => AssertDrift("spent ≤ budget", () => _budget.MinorUnits = 99);

    [Fact]
    public void A_cancelled_order_that_keeps_its_coupon() => AssertDrift("a cancelled order uses no promotion", () => _restored.Redeemed = true);

    [Fact]
    public void A_redemption_of_nobody() => AssertDrift("every redemption has an order", () => (_restored.Redeemed, _restored.OrderId) = (true, "o9"));

    [Fact]
    public void A_single_use_code_used_twice() => AssertDrift("a single-use code is used once", () =>
    {
        _restored.Redeemed = true;
        _redeemed.Redemptions[0].Code = _restored.Redemptions[0].Code = "K";
    });

    private void AssertDrift(string invariant, Action fault)
    {
        fault();
        Assert.Contains(Check(), drift => drift.Invariant == invariant);
    }

    private IReadOnlyList<Drift> Check() => [.. Auditor.Check(new ShopLedger([], [_paid, _cancelled], [_payment, _voided])
    {
        Promotions = [new PromotionLedger("c:spring", _budget, [_promotion], [_redeemed, _restored])],
    }).Drifts.Where(drift => drift.Subject is not ("o1" or "o2") || drift.Invariant.Contains("coupon") || drift.Invariant.Contains("promotion"))];

    private static OrderAudit Order(string id, OrderStatus status) => new()
    {
        OrderId = id, CustomerId = "c", IdempotencyKey = id, Status = status, Total = Money(400),
        Discounts = { new OrderDiscount { PromotionId = "p", Name = "Spring", Amount = Money(100) } },
    };

    private static RedemptionAudit Redeemed(string orderId, bool redeemed) => new()
    {
        OrderId = orderId, CustomerId = "c", Currency = "EUR", Redeemed = redeemed,
        Redemptions = { new Redemption { PromotionId = "p", AmountMinorUnits = 100 } },
    };

    private static Money Money(long minorUnits) => new() { MinorUnits = minorUnits, Currency = "EUR" };
}
