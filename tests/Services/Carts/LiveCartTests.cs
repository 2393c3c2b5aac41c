using System.Text.Json;
using Grpc.Core;

namespace NexusCart.Tests.Services.Carts;

/// <summary>What a cart says of itself, and what it does not let itself be told.</summary>
public sealed class LiveCartTests(CartsFixture carts) : IClassFixture<CartsFixture>, IDisposable
{
    private Neighbours Neighbours => carts.Neighbours;

    public void Dispose() => (Neighbours.Inventory, Neighbours.Orders, Neighbours.Discount, Neighbours.Meanwhile) = (null, null, 0, 0);

    [Fact]
    public async Task Totals_come_from_the_quote()
    {
        var cart = await carts.CartAsync("anna", ("TOTAL", 2));
        Neighbours.Discount = 250;
        var live = await LiveAsync(cart, "&country=DE");
        var totals = live.Json.GetProperty("totals");
        Assert.Equal(
            [("subtotal", 2000), ("discount", 250), ("shipping", 490), ("tax", 398), ("total", 2240)],
            new[] { "subtotal", "discount", "shipping", "tax", "total" }.Select(part => (part, int.Parse(totals.GetProperty(part).GetProperty("minorUnits").GetString()!))));
        Assert.Empty(live.Notices);
        Assert.False(HasTotals(await LiveAsync(cart, "")));
        Assert.False(HasTotals(await carts.SendAsync(HttpMethod.Get, $"/v1/carts/{cart}?country=DE", "anna")));
        Assert.Equal(400, (await LiveAsync(cart, "&country=Germany")).Status);
    }

    [Theory]
    [InlineData(StatusCode.Unavailable, "What the cart costs cannot be told at the moment.")]
    [InlineData(StatusCode.Internal, "What the cart costs cannot be told at the moment.")]
    [InlineData(StatusCode.FailedPrecondition, "orders says no")]
    public async Task Without_a_quote_there_are_no_totals_and_a_notice_says_so(StatusCode status, string detail)
    {
        var cart = await carts.CartAsync("anna", ("TOTAL", 2));
        Neighbours.Orders = status;
        var live = await LiveAsync(cart, "&country=DE");
        Assert.Equal([("TOTAL", 2)], live.Lines);
        Assert.False(HasTotals(live));
        Assert.Equal(["TOTALS_UNAVAILABLE"], live.NoticeKinds);
        Assert.Equal(detail, live.Notices.Single().GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Totals_of_another_cart_than_is_shown_are_none()
    {
        var cart = await carts.CartAsync("anna", ("TOTAL", 2));
        Neighbours.Meanwhile = 3_000;
        var live = await LiveAsync(cart, "&country=DE");
        Assert.False(HasTotals(live));
        Assert.Equal(["TOTALS_UNAVAILABLE"], live.NoticeKinds);
    }

    [Fact]
    public async Task News_of_lines_are_told_until_they_are_acknowledged()
    {
        var cart = await carts.CartAsync("anna", ("DEAR", 1), ("GONE", 1), ("NONE", 1), ("FEW", 5), ("SAME", 1));
        (Neighbours.Prices["DEAR"], Neighbours.Stock["NONE"], Neighbours.Stock["FEW"]) = (1_100, 0, 3);
        Neighbours.Prices.TryRemove("GONE", out _);

        var lines = await carts.SendAsync(HttpMethod.Get, $"/v1/carts/{cart}", "anna");
        Assert.Equal(["PRICE_CHANGED", "DISCONTINUED"], lines.NoticeKinds);
        var live = await LiveAsync(cart, "");
        Assert.Equal(["PRICE_CHANGED", "DISCONTINUED", "OUT_OF_STOCK", "REDUCED"], live.NoticeKinds);
        var price = live.Notices.First();
        Assert.Equal(("1000", "1100"), (price.GetProperty("oldPrice").GetProperty("minorUnits").GetString(), price.GetProperty("newPrice").GetProperty("minorUnits").GetString()));
        Assert.Equal(3, live.Notices.Last().GetProperty("available").GetInt32());

        // What changed again meanwhile was not seen.
        Neighbours.Prices["DEAR"] = 1_200;
        var ids = live.Notices.Select(notice => notice.GetProperty("noticeId").GetString()).ToList();
        for (var repeated = 0; repeated < 2; repeated++)
        {
            var acknowledged = await AcknowledgeAsync(cart, ids, "seen-1");
            Assert.True(acknowledged.Status == 200, acknowledged.Text);
            Assert.Equal([("DEAR", 1), ("FEW", 3), ("SAME", 1)], acknowledged.Lines);
        }

        Assert.Equal(409, (await AcknowledgeAsync(cart, ["other"], "seen-1")).Status);
        var left = await LiveAsync(cart, "");
        Assert.Equal(["PRICE_CHANGED"], left.NoticeKinds);
        await AcknowledgeAsync(cart, [left.Notices.Single().GetProperty("noticeId").GetString()], "seen-2");
        Assert.Empty((await LiveAsync(cart, "")).Notices);
    }

    [Fact]
    public async Task A_price_is_that_of_the_carts_currency_and_of_so_many_units()
    {
        Neighbours.Prices["TEA"] = 1_000;
        Neighbours.Tiers[("TEA", "JPY")] = [(1, 300), (10, 250)];
        var made = await carts.SendAsync(HttpMethod.Post, "/v1/carts", "anna", new { currency = "JPY" });
        var cart = made.Json.GetProperty("cartId").GetString()!;
        Assert.Equal((300, 900), PricesOf(await AddAsync(3)));

        // Who takes ten pays another price by that alone; it is no news.
        var ten = await AddAsync(7);
        Assert.Equal((250, 2_500), PricesOf(ten));
        Assert.Empty(ten.Notices);
        Assert.Equal("JPY", ten.Json.GetProperty("total").GetProperty("currency").GetString());

        // What changed before he took fewer is news, and stays so.
        Neighbours.Tiers[("TEA", "JPY")] = [(1, 310), (10, 260)];
        var nine = await carts.SendAsync(HttpMethod.Put, $"/v1/carts/{cart}/lines/TEA", "anna", new { quantity = 9 });
        Assert.Equal((310, 2_790), PricesOf(nine));
        var notice = Assert.Single(nine.Notices);
        Assert.Equal(("250", "310"), (notice.GetProperty("oldPrice").GetProperty("minorUnits").GetString(), notice.GetProperty("newPrice").GetProperty("minorUnits").GetString()));
        var seen = await AcknowledgeAsync(cart, [notice.GetProperty("noticeId").GetString()], "seen-tiers");
        Assert.Empty(seen.Notices);

        // In euro there is one price for any number, and what is not sold in a currency waits for another.
        for (var repeated = 0; repeated < 2; repeated++)
        {
            var euro = await carts.SendAsync(HttpMethod.Put, $"/v1/carts/{cart}/currency", "anna", new { currency = "EUR" }, "to-euro");
            Assert.Equal((1_000, 9_000), PricesOf(euro));
            Assert.Equal("EUR", euro.Json.GetProperty("currency").GetString());
            Assert.Empty(euro.Notices);
        }

        var won = await carts.SendAsync(HttpMethod.Put, $"/v1/carts/{cart}/currency", "anna", new { currency = "KRW" });
        Assert.Equal(["DISCONTINUED"], won.NoticeKinds);
        Assert.Empty(won.Lines);
        Assert.Equal((310, 2_790), PricesOf(await carts.SendAsync(HttpMethod.Put, $"/v1/carts/{cart}/currency", "anna", new { currency = "JPY" })));
        Assert.Equal(400, (await carts.SendAsync(HttpMethod.Put, $"/v1/carts/{cart}/currency", "anna", new { currency = "yen" })).Status);

        var dollars = await carts.SendAsync(HttpMethod.Post, "/v1/carts", "anna", new { currency = "USD" });
        var refused = await carts.SendAsync(HttpMethod.Post, $"/v1/carts/{dollars.Json.GetProperty("cartId").GetString()}/lines", "anna", new { sku = "TEA", quantity = 1 });
        Assert.Equal(400, refused.Status);
        Assert.Contains("\"sku\"", refused.Text, StringComparison.Ordinal);

        Task<Answer> AddAsync(int quantity) => carts.SendAsync(HttpMethod.Post, $"/v1/carts/{cart}/lines", "anna", new { sku = "TEA", quantity });

        static (int Unit, int Line) PricesOf(Answer answer)
        {
            var line = answer.Json.GetProperty("lines").EnumerateArray().Single();
            return (MinorUnits(line.GetProperty("unitPrice")), MinorUnits(line.GetProperty("lineTotal")));
        }

        static int MinorUnits(JsonElement money) => int.Parse(money.GetProperty("minorUnits").GetString()!, null);
    }

    [Fact]
    public async Task Nobody_dictates_a_price_by_acknowledging_one()
    {
        var cart = await carts.CartAsync("anna", ("FORGED", 3));
        var forged = await AcknowledgeAsync(cart, ["price_changed:FORGED:1000:1:0", "reduced:FORGED:0:0:1", "discontinued:FORGED:0:0:0"], "forged");
        Assert.Equal([("FORGED", 3)], forged.Lines);
        Assert.Equal("3000", forged.Json.GetProperty("total").GetProperty("minorUnits").GetString());
        Assert.Empty(forged.Notices);
    }

    [Fact]
    public async Task While_stock_cannot_be_looked_at_nothing_is_said_of_it_nor_acknowledged()
    {
        var cart = await carts.CartAsync("anna", ("LOST", 1));
        Neighbours.Stock["LOST"] = 0;
        Neighbours.Inventory = StatusCode.Unavailable;
        Assert.Equal(["STOCK_UNCHECKED"], (await LiveAsync(cart, "")).NoticeKinds);
        Assert.Equal(503, (await AcknowledgeAsync(cart, ["out_of_stock:LOST:0:0:0"], "unchecked")).Status);
        Assert.Equal([("LOST", 1)], (await LiveAsync(cart, "")).Lines);
    }

    [Fact]
    public async Task Other_peoples_carts_are_not_there()
    {
        var cart = await carts.CartAsync("anna", ("MINE", 1));
        (HttpMethod Method, string Path, object? Body)[] attempts =
        [
            (HttpMethod.Get, "", null), (HttpMethod.Get, "?detail=CART_DETAIL_LIVE&country=DE", null),
            (HttpMethod.Post, "/lines", new { sku = "MINE", quantity = 1 }), (HttpMethod.Put, "/lines/MINE", new { quantity = 0 }),
            (HttpMethod.Delete, "/lines/MINE", null), (HttpMethod.Post, "/coupons", new { code = "X" }), (HttpMethod.Delete, "/coupons/X", null),
            (HttpMethod.Post, "/notices:acknowledge", new { noticeIds = new[] { "x" } }), (HttpMethod.Put, "/currency", new { currency = "USD" }),
        ];
        foreach (var (method, path, body) in attempts)
        {
            foreach (var subject in new[] { "eve", "guest-eve" })
            {
                var answer = await carts.SendAsync(method, $"/v1/carts/{cart}{path}", subject, body);
                Assert.True(answer.Status == 404, $"{method} {path}: {answer.Status} {answer.Text}");
                Assert.DoesNotContain("MINE", answer.Text);
            }
        }

        Assert.Equal([("MINE", 1)], (await LiveAsync(cart, "")).Lines);
    }

    [Fact]
    public async Task What_is_not_the_clients_to_say_is_not_heard()
    {
        var victims = await carts.CartAsync("victim", ("MASS", 1));
        var own = await carts.CartAsync("eve");
        // Fields of the answer in the request, another's cart in the body, and made-up ones: none of them has an effect.
        object[] bodies =
        [
            new { sku = "MASS", quantity = 1, unitPrice = new { minorUnits = "1", currency = "EUR" }, lineTotal = new { minorUnits = "1", currency = "EUR" } },
            new { sku = "MASS", quantity = 1, cartId = victims },
            new { sku = "MASS", quantity = 1, owner = "victim", version = "99", currency = "USD", seenPrices = new { MASS = 1 } },
        ];
        foreach (var body in bodies)
        {
            var answer = await carts.SendAsync(HttpMethod.Post, $"/v1/carts/{own}/lines", "eve", body);
            Assert.True(answer.Status is 200 or 400, answer.Text);
        }

        var made = await carts.SendAsync(HttpMethod.Post, "/v1/carts", "eve", new { cartId = victims, owner = "victim", currency = "EUR" });
        Assert.True(made.Status is 200 or 400, made.Text);
        Assert.DoesNotContain(victims, made.Text);

        var cart = await carts.SendAsync(HttpMethod.Get, $"/v1/carts/{own}", "eve");
        var quantity = cart.Lines.Sum(line => line.Quantity);
        Assert.Equal($"{quantity * 1_000}", cart.Json.GetProperty("total").TryGetProperty("minorUnits", out var total) ? total.GetString() : "0");
        Assert.Equal("EUR", cart.Json.GetProperty("currency").GetString());
        Assert.Equal([("MASS", 1)], (await carts.SendAsync(HttpMethod.Get, $"/v1/carts/{victims}", "victim")).Lines);
    }

    private Task<Answer> LiveAsync(string cart, string place) =>
        carts.SendAsync(HttpMethod.Get, $"/v1/carts/{cart}?detail=CART_DETAIL_LIVE{place}", "anna");

    private Task<Answer> AcknowledgeAsync(string cart, IEnumerable<string?> ids, string key) =>
        carts.SendAsync(HttpMethod.Post, $"/v1/carts/{cart}/notices:acknowledge", "anna", new { noticeIds = ids }, key);

    private static bool HasTotals(Answer answer) => answer.Json.TryGetProperty("totals", out var totals) && totals.ValueKind is JsonValueKind.Object;
}
