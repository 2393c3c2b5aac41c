using CsCheck;
using Grpc.Core;
using NexusCart.Orders.Api;
using NexusCart.Orders.Domain;
using NexusCart.Orders.Pricing;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Values;

namespace NexusCart.Tests.Unit.Orders;

/// <summary>What promotions take off is frozen with the order, and taxed no more.</summary>
public class DiscountTests
{
    private static readonly Destination Germany = new("DE", "", "");
    private static readonly CheckoutTerms Terms = new("cart-1", "pm_card_visa", "ann@example.org", Some.Address, Coupons: [" spring "]);

    private readonly OrdersBench _bench = new();
    private readonly FakeCarts _carts = new();
    private readonly FakePromotions _promotions = new();
    private readonly CheckoutDesk _desk;

    public DiscountTests() => _desk = new CheckoutDesk(
        _bench.Store, _bench.Watch, new QuoteReader(_carts, new FakeCatalog(), new FakeFlashSales(), Pricing.Desk(shipping: Pricing.TwoZones), _promotions),
        _bench.Options, _bench.Clock);

    [Fact]
    public async Task Tax_that_is_included_is_that_of_what_is_paid()
    {
        // 11.90 less 2.38 leaves 9.52, of which 1.52 is tax; 4.90 of shipping less 4.90 leaves none.
        var quote = (await PriceAsync(Pricing.GermanTax, [Line(1_190)], [238], 490)).Quote;
        Assert.Equal(952, quote.Total.MinorUnits);
        Assert.Equal((1900, 800L, 152L), quote.Taxes.Select(tax => (tax.RateBasisPoints, tax.Net.MinorUnits, tax.Amount.MinorUnits)).Single());
        Assert.Equal((1_190L, 238L, 152L), (quote.Lines[0].LineTotal.MinorUnits, quote.Lines[0].Discount!.Value.MinorUnits, quote.Lines[0].Tax!.Amount.MinorUnits));
        Assert.Equal((490L, 490L, 0L), (quote.Shipping.Price.MinorUnits, quote.Shipping.Discount!.Value.MinorUnits, quote.Shipping.Tax.Amount.MinorUnits));
    }

    [Fact]
    public async Task Tax_on_top_is_on_what_is_left()
    {
        var quote = (await Pricing.Desk(Pricing.TaxOnTop, Pricing.TwoZones).PriceAsync(
            [Line(10_000)], "EUR", new Destination("US", "", ""), "", Off([2_000], 500), CancellationToken.None)).Quote;
        // 8.25 % of 80.00, and 10.00 of shipping that is not taxed.
        Assert.Equal(8_000 + 1_000 + 660, quote.Total.MinorUnits);
        Assert.Equal(660, quote.Taxes.Sum(tax => tax.Amount.MinorUnits));
    }

    [Fact]
    public async Task A_discount_does_not_make_the_delivery_dearer()
    {
        // 50.00 go free of charge, and still do when a promotion takes 10.00 off them.
        var quote = (await PriceAsync(Pricing.GermanTax, [Line(5_000)], [1_000], 0)).Quote;
        Assert.Equal((4_000L, 0L), (quote.Total.MinorUnits, quote.Shipping.Price.MinorUnits));
    }

    [Theory]
    [InlineData(1_191, 0)]
    [InlineData(-1, 0)]
    [InlineData(0, 491)]
    public async Task Discounts_that_do_not_fit_are_not_believed(long line, long shipping) =>
        await Assert.ThrowsAsync<ArgumentException>(() => PriceAsync(Pricing.GermanTax, [Line(1_190)], [line], shipping));

    [Fact]
    public void Lines_shipping_and_taxes_add_up_to_the_total_whatever_is_taken_off() =>
        Gen.Select(Gen.Long[0, 50_000].Array[1, 8], Gen.Int[0, 10_000].Array[9], Gen.Bool).Sample(drawn =>
        {
            var (prices, parts, onTop) = drawn;
            var lines = prices.Select(Line).ToList();
            var off = prices.Select((price, i) => price * parts[i] / 10_000).ToArray();
            var quote = Pricing.Desk(onTop ? Pricing.TaxOnTop : Pricing.GermanTax, Pricing.TwoZones)
                .PriceAsync(lines, "EUR", onTop ? new Destination("US", "", "") : Germany, "", Off(off, 0), CancellationToken.None).GetAwaiter().GetResult().Quote;
            var paid = quote.Lines.Sum(line => line.ToPay.MinorUnits) + quote.Shipping.ToPay.MinorUnits;
            var tax = quote.Taxes.Sum(total => total.Amount.MinorUnits);
            return quote.Total.MinorUnits == paid + (onTop ? tax : 0)
                && tax == quote.Lines.Sum(line => line.Tax!.Amount.MinorUnits) + quote.Shipping.Tax.Amount.MinorUnits
                && quote.Lines.All(line => line.ToPay.MinorUnits >= 0);
        });

    [Fact]
    public async Task An_order_keeps_its_promotions_and_its_saga_redeems_them()
    {
        IReadOnlyList<string>? seen = null;
        _carts.Cart.CouponCodes.Add("CART");
        _promotions.Answer = (lines, shipping, coupons) =>
        {
            seen = coupons;
            return new Discounting([new OrderDiscount("p1", "Spring", "SPRING", Euro(100)), new OrderDiscount("p2", "Shipping", "", Euro(490))], [100, 0], 490, []);
        };

        var order = await _desk.PlaceAsync("ann", "key-1", Terms, TimeSpan.Zero, new AnnsCall());
        Assert.Equal(["SPRING", "CART"], seen);
        Assert.Equal(1_250 - 100, order.Total.MinorUnits);
        var kept = (await _bench.Store.ReadAsync(order.OrderId, CancellationToken.None))!;
        Assert.Equal([("p1", "SPRING", 100L), ("p2", "", 490L)], kept.Discounts.Select(discount => (discount.PromotionId, discount.Code, discount.Amount.MinorUnits)));
        Assert.Equal(900, kept.Lines[0].ToPay.MinorUnits);
        Assert.Equal([("p1", "SPRING", 100L), ("p2", "", 490L)], _bench.Options.Value.SagaInputOf(kept).Redemptions!.Select(use => (use.PromotionId, use.Code, use.MinorUnits)));
        Assert.Equal(590, kept.ToOwnerMessage().Discount.MinorUnits);
    }

    [Fact]
    public async Task An_order_of_which_promotions_take_everything_off_is_placed_and_asks_for_no_money()
    {
        _promotions.Answer = (_, _, _) => new Discounting([new OrderDiscount("gift", "Gift", "SPRING", Euro(1_740))], [1_000, 250], 490, []);

        var order = await _desk.PlaceAsync("ann", "key-1", Terms, TimeSpan.Zero, new AnnsCall());
        Assert.Equal(0, order.Total.MinorUnits);
        Assert.Empty(order.Taxes);
        Assert.Equal(0, _bench.Options.Value.SagaInputOf(order).TotalMinorUnits);
    }

    [Fact]
    public async Task What_is_given_back_of_a_line_is_what_was_paid_for_it()
    {
        var quote = (await PriceAsync(Pricing.GermanTax, [Line(1_000), Line(3_000)], [1_000, 500], 490)).Quote;
        var order = Some.Order() with { Lines = quote.Lines, Shipping = quote.Shipping, Taxes = quote.Taxes, Total = quote.Total };
        Assert.Equal([0L, 2_500L], RefundShares.LinesOf(order));
        Assert.Equal(0, RefundShares.ShippingOf(order).MinorUnits);
    }

    [Fact]
    public async Task A_coupon_that_does_not_count_refuses_the_checkout_with_its_reason()
    {
        _promotions.Answer = (lines, _, _) => Discounting.None(lines.Count) with { Refused = [new RefusedCoupon("SPRING", "expired", "It ended yesterday.")] };
        var refusal = await Assert.ThrowsAsync<RpcException>(() => _desk.PlaceAsync("ann", "key-1", Terms, TimeSpan.Zero, new AnnsCall()));
        Assert.Equal((StatusCode.FailedPrecondition, "coupon_codes: 'SPRING' does not count: It ended yesterday."), (refusal.StatusCode, refusal.Status.Detail));
        Assert.Empty((await _bench.Store.ListAsync("ann", "", 10, CancellationToken.None)).Entities);
    }

    [Fact]
    public async Task Without_promotions_nothing_is_sold_but_a_repetition_finds_its_order()
    {
        var first = await _desk.PlaceAsync("ann", "key-1", Terms, TimeSpan.Zero, new AnnsCall());
        _promotions.Answer = (_, _, _) => throw Refusal.Unavailable("They are away.");
        Assert.Equal(first.OrderId, (await _desk.PlaceAsync("ann", "key-1", Terms, TimeSpan.Zero, new AnnsCall())).OrderId);
        var away = await Assert.ThrowsAsync<RpcException>(() => _desk.PlaceAsync("ann", "key-2", Terms with { Coupons = [] }, TimeSpan.Zero, new AnnsCall()));
        Assert.Equal(StatusCode.Unavailable, away.StatusCode);
    }

    [Fact]
    public void Coupons_are_part_of_what_was_asked_for()
    {
        Assert.NotEqual((Terms with { Coupons = [] }).Hash, Terms.Hash);
        Assert.Equal((Terms with { Coupons = [] }).Hash, (Terms with { Coupons = null }).Hash);
        Assert.NotEqual((Terms with { Coupons = [], ShippingMethod = "a" }).Hash, (Terms with { Coupons = ["a"] }).Hash);
    }

    private static Task<PricedCart> PriceAsync(TaxOptions tax, List<QuoteLine> lines, long[] off, long shipping) =>
        Pricing.Desk(tax, Pricing.TwoZones).PriceAsync(lines, "EUR", Germany, "", Off(off, shipping), CancellationToken.None);

    private static Func<IReadOnlyList<QuoteLine>, ShippingOption, Task<Discounting>> Off(long[] lines, long shipping) => (_, _) =>
        Task.FromResult(new Discounting([new OrderDiscount("p", "P", "", Euro(lines.Sum() + shipping))], lines, shipping, []));

    private static QuoteLine Line(long price) => new("mug", "Mug", 1, Euro(price));

    private static MoneyAmount Euro(long minorUnits) => new(minorUnits, "EUR");
}
