using CsCheck;
using NexusCart.Carts.Domain;

namespace NexusCart.Tests.Unit.Carts;

public class CartMergingTests
{
    private static readonly DateTimeOffset Now = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<List<(int Sku, int Quantity)>> Lines =
        Gen.Select(Gen.Int[0, 12], Gen.OneOf(Gen.Int[1, 50], Gen.Int[5_000, Cart.MaxQuantity])).List[0, 8];

    [Fact]
    public void Units_add_up_to_the_maximum_whichever_guests_cart_comes_first_and_however_often() =>
        Gen.Select(Lines, Lines, Lines).Sample((own, first, second) =>
        {
            var cart = Filled("mine", own);
            var (a, b) = (Filled("a", first).Goods, Filled("b", second).Goods);
            var oneWay = cart.Take(a).Take(b);
            var otherWay = cart.Take(b).Take(a).Take(b).Take(a);
            Assert.Equal(Units(oneWay), Units(otherWay));
            foreach (var sku in cart.Items.Concat(a.Items).Concat(b.Items).Select(item => item.Sku).Distinct())
            {
                var sum = new[] { cart.Items, a.Items, b.Items }.Sum(items => items.Where(item => item.Sku == sku).Sum(item => item.Quantity));
                Assert.Equal(Math.Min(Cart.MaxQuantity, sum), Units(oneWay)[sku]);
            }
        });

    [Fact]
    public void Its_own_lines_come_first_and_bounds_are_kept()
    {
        var own = Enumerable.Range(0, Cart.MaxLines - 1).Aggregate(New("mine"), (cart, i) => cart.Add($"S{i}", 1)).Apply("A");
        var goods = (New("guest").Add("NEW", 1).Add("S0", 2).Add("MORE", 1) with { CouponCodes = [.. Enumerable.Range(0, 10).Select(i => $"C{i}"), "A"] }).Goods;
        var merged = own.Take(goods);
        Assert.Equal(Cart.MaxLines, merged.Items.Count);
        Assert.Equal((new CartItem("S0", 3), new CartItem("NEW", 1)), (merged.Items[0], merged.Items[^1]));
        Assert.Equal(["A", "C0", "C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8"], merged.CouponCodes);
        Assert.Equal([new LeftOut("MORE", 1), new LeftOut("", 0, "C9")], merged.LeftOut);
    }

    [Fact]
    public void Nothing_is_lost_what_did_not_fit_is_named_until_it_is_acknowledged() =>
        Gen.Select(Gen.Int[0, Cart.MaxLines], Gen.Int[0, Cart.MaxLines], Gen.Int[0, 100], Gen.Int[1, Cart.MaxQuantity]).Sample((own, guests, shared, units) =>
        {
            var mine = New("mine") with { Items = [.. Enumerable.Range(0, own).Select(i => new CartItem($"S{i}", units))] };
            var guest = New("guest") with { Items = [.. Enumerable.Range(own - Math.Min(shared, own), guests).Select(i => new CartItem($"S{i}", units))] };
            var merged = mine.Take(guest.Goods);
            var wanted = mine.Items.Concat(guest.Items).Sum(item => (long)item.Quantity);
            Assert.Equal(wanted, merged.Items.Sum(item => (long)item.Quantity) + merged.LeftOut.Sum(left => (long)left.Quantity));

            var notices = Cart.NoticesOf(merged.LeftOut).ToList();
            Assert.Equal(merged.LeftOut.Count, notices.Select(notice => notice.Id).Distinct().Count());
            Assert.Equal(CartVerdict.Done, merged.Settle(new SettleRequest("k", "h", [.. notices.Skip(1)]), Now, out var some));
            Assert.Equal(merged.LeftOut.Take(1), some.LeftOut);
            Assert.Equal(merged.Items, some.Items);
        });

    [Fact]
    public void A_merge_waits_while_too_much_of_earlier_ones_is_not_acknowledged()
    {
        var cart = New("mine") with { LeftOut = [.. Enumerable.Range(0, Cart.MaxLeftOut - Cart.MaxLines).Select(i => new LeftOut($"S{i}", 1))] };
        var request = new MergeRequest("k", "h", "guest", "EUR");
        Assert.Equal(CartVerdict.NoticesUnread, cart.Judge(request));
        Assert.Equal(CartVerdict.Done, cart.Settle(new SettleRequest("s", "h", [.. Cart.NoticesOf(cart.LeftOut).Take(10)]), Now, out var settled));
        Assert.Equal(CartVerdict.Done, settled.Judge(request));
        // Once the guest's cart has ended for it, it is taken in whatever there is.
        Assert.Equal(CartVerdict.Done, cart.TakeIn(request, New("guest").Add("A", 1).Goods, Now, out _));
    }

    [Fact]
    public void A_merge_is_refused_before_anything_ends()
    {
        var cart = New("mine").Add("A", 1);
        var request = new MergeRequest("k", "h", "guest", "EUR");
        Assert.Equal(CartVerdict.Done, cart.Judge(request));
        Assert.Equal(CartVerdict.CurrencyDiffers, cart.Judge(request with { Currency = "USD" }));
        Assert.Equal(CartVerdict.Done, cart.TakeIn(request, New("guest").Goods, Now, out var merged));
        Assert.Equal(CartVerdict.KeyReused, merged.Judge(request with { BodyHash = "other" }));
        Assert.Equal(CartVerdict.Done, merged.TakeIn(request, New("guest").Goods, Now, out var again));
        Assert.Same(merged, again);
    }

    [Fact]
    public void Keys_from_before_a_merge_give_the_cart_as_it_is()
    {
        var line = CartSteps.Line("A", 2, adds: true);
        Assert.Equal(CartVerdict.Done, New("mine").Change(line, Now, out var cart));
        var merged = cart.Take(New("guest").Add("A", 1).Goods);
        Assert.Equal(CartVerdict.Done, merged.Change(line, Now, out var again));
        Assert.Same(merged, again);
    }

    private static Cart New(string id) => Cart.Open(id, "anna", "EUR", Now);

    private static Cart Filled(string id, List<(int Sku, int Quantity)> lines) =>
        lines.DistinctBy(line => line.Sku).Aggregate(New(id), (cart, line) => cart.Add($"S{line.Sku}", line.Quantity));

    private static Dictionary<string, int> Units(Cart cart) => cart.Items.ToDictionary(item => item.Sku, item => item.Quantity);
}

public class RecheckTests
{
    private static readonly DateTimeOffset Now = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_changed_since_the_owner_looked_is_told_and_nothing_else()
    {
        var notices = Recheck.Of(
            [new("SAME", 1), new("DEARER", 1), new("GONE", 1), new("NONE", 1), new("FEW", 5), new("NEVER-SEEN", 1)],
            new Dictionary<string, long> { ["SAME"] = 100, ["DEARER"] = 100, ["GONE"] = 100, ["NONE"] = 100, ["FEW"] = 100 },
            new Dictionary<string, long> { ["SAME"] = 100, ["DEARER"] = 120, ["NONE"] = 100, ["FEW"] = 90, ["NEVER-SEEN"] = 7 },
            new Dictionary<string, int> { ["SAME"] = 1, ["DEARER"] = 9, ["FEW"] = 3, ["NEVER-SEEN"] = 1, ["GONE"] = 4 });
        Assert.Equal(
            [
                "price_changed:DEARER:100:120:0", "discontinued:GONE:0:0:0", "out_of_stock:NONE:0:0:0",
                "price_changed:FEW:100:90:0", "reduced:FEW:0:0:3",
            ],
            notices.Select(notice => notice.Id));
    }

    [Fact]
    public void Nobody_looked_at_the_stock_so_nothing_is_said_of_it() => Assert.Empty(
        Recheck.Of([new("A", 5)], new Dictionary<string, long>(), new Dictionary<string, long> { ["A"] = 1 }, available: null));

    [Fact]
    public void What_was_acknowledged_is_settled_and_told_no_more()
    {
        var cart = Cart.Open("c", "anna", "EUR", Now).Add("DEARER", 1).Add("GONE", 1).Add("FEW", 5).Add("STAYS", 2);
        var prices = new Dictionary<string, long> { ["DEARER"] = 120, ["FEW"] = 1, ["STAYS"] = 1 };
        var stock = new Dictionary<string, int> { ["DEARER"] = 9, ["FEW"] = 3, ["STAYS"] = 2 };
        var seen = Recheck.Of(cart.Items, cart.SeenPrices, prices, stock).ToList();
        Assert.Equal(3, seen.Count);

        Assert.Equal(CartVerdict.Done, cart.Settle(new SettleRequest("k", "h", seen), Now, out var settled));
        Assert.Equal([new("DEARER", 1), new("FEW", 3), new("STAYS", 2)], settled.Items);
        Assert.Equal(cart.Version + 1, settled.Version);
        Assert.Empty(Recheck.Of(settled.Items, settled.SeenPrices, prices, stock));

        Assert.Equal(CartVerdict.KeyReused, settled.Settle(new SettleRequest("k", "other", seen), Now, out _));
        Assert.Equal(CartVerdict.Done, settled.Settle(new SettleRequest("k", "h", []), Now, out var again));
        Assert.Equal(settled.Items, again.Items);
    }

    [Fact]
    public void A_new_price_alone_changes_no_line()
    {
        var cart = Cart.Open("c", "anna", "EUR", Now).Add("A", 1);
        cart.Settle(new SettleRequest("k", "h", [new LineNotice(LineNews.PriceChanged, "A", 1, 5)]), Now, out var settled);
        Assert.Equal((cart.Version, 5), (settled.Version, settled.SeenPrices["A"]));
    }
}
