using System.Text.Json;
using CsCheck;
using NexusCart.Carts.Actors;
using NexusCart.Carts.Domain;

namespace NexusCart.Tests.Unit.Carts;

public class CartTests
{
    private static readonly DateTimeOffset Now = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Lines_keep_the_order_in_which_they_came()
    {
        var cart = New().Add("A", 2).Add("B", 1).Add("A", 3).Set("C", 4).Set("B", 0).Add("B", 1);
        Assert.Equal([new("A", 5), new("C", 4), new("B", 1)], cart.Items);
        Assert.Equal(7, cart.Version);
    }

    [Fact]
    public void Bounds_are_kept()
    {
        var full = Enumerable.Range(0, Cart.MaxLines).Aggregate(New(), (cart, i) => cart.Add($"S{i}", 1));
        Assert.Equal(CartVerdict.TooManyLines, full.Change(Line("new", 1), Now, out _));
        Assert.Equal(CartVerdict.Done, full.Change(Line("S7", 1), Now, out _));
        Assert.Equal(CartVerdict.Done, full.Change(Line("S7", Cart.MaxQuantity - 1), Now, out _));
        Assert.Equal(CartVerdict.TooManyUnits, full.Change(Line("S7", Cart.MaxQuantity), Now, out _));
        Assert.Equal(CartVerdict.TooManyUnits, full.Change(Line("S7", int.MaxValue), Now, out _));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("USD")]
    public void What_is_not_sold_in_its_currency_does_not_go_in_but_goes_out(string? soldIn)
    {
        var cart = New().Add("A", 2);
        Assert.Equal(CartVerdict.NotForSale, cart.Change(Line("A", 1) with { SoldIn = soldIn }, Now, out _));
        Assert.Equal(CartVerdict.Done, cart.Change(Line("A", 0) with { SoldIn = soldIn, Adds = false }, Now, out var next));
        Assert.Empty(next.Items);
    }

    [Fact]
    public void A_key_with_another_request_is_refused_and_with_the_same_gives_the_first_answer()
    {
        var line = Line("A", 2);
        Assert.Equal(CartVerdict.Done, New().Change(line, Now, out var first));
        var later = first.Add("B", 1).Set("A", 0);
        Assert.Equal(CartVerdict.KeyReused, later.Change(line with { BodyHash = "other" }, Now, out _));
        // What has become of the product since does not matter.
        Assert.Equal(CartVerdict.Done, later.Change(line with { SoldIn = null }, Now.AddDays(1), out var again));
        Assert.Equal(first.Items, again.Items);
        Assert.Equal((first.Version, first.UpdatedAt), (again.Version, again.UpdatedAt));
    }

    [Fact]
    public void Another_number_of_units_may_have_another_price_but_hides_no_news()
    {
        Assert.Equal(CartVerdict.Done, New().Change(Line("A", 1) with { Price = 100 }, Now, out var cart));
        Assert.Equal(CartVerdict.Done, cart.Change(Line("A", 9) with { Price = 80, PriceBefore = 100 }, Now, out var ten));
        Assert.Equal(80, ten.SeenPrices["A"]);

        // One unit costs 110 by now: he has not been told.
        Assert.Equal(CartVerdict.Done, cart.Change(Line("A", 9) with { Price = 80, PriceBefore = 110 }, Now, out var untold));
        Assert.Equal(100, untold.SeenPrices["A"]);
        Assert.Equal(CartVerdict.Done, cart.Change(Line("A", 9) with { Price = 80 }, Now, out var unasked));
        Assert.Equal(100, unasked.SeenPrices["A"]);
    }

    [Fact]
    public void Coupons_go_on_once_in_order_and_ten_at_most()
    {
        var cart = New().Apply("A").Apply("B").Apply("A").TakeOff("C");
        Assert.Equal(["A", "B"], cart.CouponCodes);
        Assert.Equal(3, cart.Version);

        var full = Enumerable.Range(0, Cart.MaxCoupons).Aggregate(New(), (cart, i) => cart.Apply($"C{i}"));
        Assert.Equal(CartVerdict.TooManyCoupons, full.Change(CartSteps.Coupon("ONE-MORE", applies: true), Now, out _));
        Assert.Equal(CartVerdict.Done, full.Change(CartSteps.Coupon("C3", applies: true), Now, out _));
        Assert.Equal(["C0", "C1", "C2", "C4"], full.TakeOff("C3").CouponCodes.Take(4));
    }

    [Fact]
    public void A_cart_stored_before_there_were_coupons_has_none()
    {
        var json = JsonSerializer.Serialize(New().Add("A", 1), CartsJson.Default.Cart);
        Assert.Contains("couponCodes", json);
        var old = JsonSerializer.Deserialize(json.Replace(",\"couponCodes\":[]", "").Replace(",\"coupon\":\"\"", ""), CartsJson.Default.Cart)!;
        Assert.Empty(old.CouponCodes);
        Assert.Equal(["A"], old.Apply("A").CouponCodes);
    }

    [Fact]
    public void Every_remembered_key_gives_its_first_answer_however_the_cart_went_on() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 3], Gen.Bool, Gen.Bool).List[1, 60].Sample(steps =>
        {
            var cart = New();
            var answers = new List<(Func<Cart, Cart> Again, Cart Answer)>();
            foreach (var (item, quantity, adds, isCoupon) in steps)
            {
                var line = Line($"S{item}", quantity) with { Adds = adds };
                var coupon = CartSteps.Coupon($"C{item}", adds);
                Cart Do(Cart on, DateTimeOffset at)
                {
                    Assert.Equal(CartVerdict.Done, isCoupon ? on.Change(coupon, at, out var next) : on.Change(line, at, out next));
                    return next;
                }

                cart = Do(cart, Now.AddSeconds(answers.Count));
                answers.Add((on => Do(on, Now.AddDays(1)), cart));
                foreach (var (repeat, answer) in answers.TakeLast(Cart.MaxRemembered))
                {
                    var again = repeat(cart);
                    Assert.Equal(answer.Items, again.Items);
                    Assert.Equal(answer.CouponCodes, again.CouponCodes);
                    Assert.Equal((answer.Version, answer.UpdatedAt), (again.Version, again.UpdatedAt));
                }
            }
        }, iter: 500);

    [Fact]
    public void A_paid_order_takes_its_units_out_once()
    {
        var cart = New().Add("A", 2).Add("B", 1);
        var paid = cart.TakeOut("o1", [new("A", 2), new("B", 1)], Now);
        Assert.Empty(paid.Items);
        Assert.Equal(cart.Version + 1, paid.Version);

        var next = paid.Add("A", 2);
        Assert.Same(next, next.TakeOut("o1", [new("A", 2), new("B", 1)], Now));
    }

    [Fact]
    public void What_was_added_since_checkout_stays()
    {
        var cart = New().Add("A", 3).Add("B", 1).Add("C", 1).TakeOut("o1", [new("A", 2), new("B", 4), new("Z", 1)], Now);
        Assert.Equal([new("A", 1), new("C", 1)], cart.Items);
    }

    [Fact]
    public void A_key_from_before_an_order_does_not_put_its_units_in_again()
    {
        var line = Line("A", 2);
        Assert.Equal(CartVerdict.Done, New().Change(line, Now, out var cart));
        var paid = cart.TakeOut("o1", [new("A", 2)], Now);
        Assert.Equal(CartVerdict.Done, paid.Change(line, Now, out var again));
        Assert.Same(paid, again);
    }

    [Fact]
    public void Memory_is_bounded()
    {
        var cart = Enumerable.Range(0, 100).Aggregate(New(), (cart, i) => cart.Add("A", 1).TakeOut($"o{i}", [], Now));
        Assert.Equal((Cart.MaxRemembered, Cart.MaxRemembered), (cart.Changes.Count, cart.Orders.Count));
    }

    [Fact]
    public void One_key_makes_one_cart()
    {
        Assert.Equal(CartVerdict.Done, CartLedger.Empty.Make("k1", "h", "c1", Now, out var first, out var ledger));
        Assert.Equal(CartVerdict.Done, ledger.Make("k1", "h", "c2", Now, out var again, out var same));
        Assert.Equal(("c1", "c1"), (first, again));
        Assert.Same(ledger, same);
        Assert.Equal(CartVerdict.KeyReused, ledger.Make("k1", "other", "c3", Now, out _, out _));
        Assert.Equal(CartVerdict.Done, ledger.Make("k2", "h", "c2", Now, out var second, out _));
        Assert.Equal("c2", second);
    }

    private static Cart New() => Cart.Open("cart", "anna", "EUR", Now);

    private static LineRequest Line(string sku, int quantity) => CartSteps.Line(sku, quantity, adds: true);
}

/// <summary>Steps that must succeed.</summary>
internal static class CartSteps
{
    private static int s_keys;

    public static LineRequest Line(string sku, int quantity, bool adds) =>
        new($"key-{Interlocked.Increment(ref s_keys)}", $"{sku}:{quantity}", sku, quantity, adds, "EUR", Price: 1);

    public static Cart Add(this Cart cart, string sku, int quantity) => Do(cart, Line(sku, quantity, adds: true));

    public static Cart Set(this Cart cart, string sku, int quantity) => Do(cart, Line(sku, quantity, adds: false));

    public static CouponRequest Coupon(string code, bool applies) =>
        new($"key-{Interlocked.Increment(ref s_keys)}", $"{code}:{applies}", code, applies);

    public static Cart Apply(this Cart cart, string code) => Do(cart, Coupon(code, applies: true));

    public static Cart TakeOff(this Cart cart, string code) => Do(cart, Coupon(code, applies: false));

    public static Cart Take(this Cart cart, GuestGoods goods)
    {
        var request = new MergeRequest($"key-{Interlocked.Increment(ref s_keys)}", goods.GuestCartId, goods.GuestCartId, goods.Currency);
        Assert.Equal(CartVerdict.Done, cart.TakeIn(request, goods, cart.UpdatedAt, out var next));
        return next;
    }

    private static Cart Do(Cart cart, CouponRequest coupon)
    {
        Assert.Equal(CartVerdict.Done, cart.Change(coupon, cart.UpdatedAt, out var next));
        return next;
    }

    private static Cart Do(Cart cart, LineRequest line)
    {
        Assert.Equal(CartVerdict.Done, cart.Change(line, cart.UpdatedAt, out var next));
        return next;
    }
}
