using System.Text.Json;
using NexusCart.Catalog.V1;
using NexusCart.Cli.Shop;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.EndToEnd;

/// <summary>Price lists from the catalogue to the order: what a customer is shown is what he pays.</summary>
[Collection(EmbeddedShop.Name)]
public sealed class PriceListTests(EmbeddedShop shop) : ShopTests(shop)
{
    [Fact]
    public async Task The_price_of_the_customers_list_is_shown_in_the_cart_and_charged_by_the_order()
    {
        var sku = await Fixture.ProductAsync(units: 100, price: 2_000);
        await PutListAsync($"trade-{sku}", new PriceList { Name = "Trade", Currency = "EUR", CustomerGroup = $"trade-{sku}", Active = true });
        await SetAsync($"trade-{sku}", sku, (1, 1_500), (5, 1_200));
        var member = await Shopper.MemberAsync(Fixture.Shop, $"trade-{sku}");
        var cart = await member.CartAsync(sku, quantity: 2);
        var more = await member.SendAsync(HttpMethod.Post, $"/v1/carts/{cart}/lines", new { sku, quantity = 3 });
        Assert.Equal((1_200, 6_000, "EUR"), PricesOf(more.Json));
        Assert.Empty(more.Json.GetProperty("notices").EnumerateArray());

        // Another price between cart and checkout is told, and charged only once it was seen.
        await SetAsync($"trade-{sku}", sku, (1, 1_500), (5, 1_100));
        var refused = await member.CheckoutAsync(cart, $"early-{sku}");
        Assert.Equal((400, "price_changed"), (refused.Status, refused.Json.GetProperty("reason").GetString()));
        var looked = await member.SendAsync(HttpMethod.Get, $"/v1/carts/{cart}?detail=CART_DETAIL_LIVE&country=DE");
        var notice = Assert.Single(looked.Json.GetProperty("notices").EnumerateArray());
        Assert.Equal("CART_NOTICE_KIND_PRICE_CHANGED", notice.GetProperty("kind").GetString());
        Assert.Equal(5_500, MinorUnits(looked.Json.GetProperty("totals").GetProperty("total")));
        await member.SendAsync(HttpMethod.Post, $"/v1/carts/{cart}/notices:acknowledge", new { noticeIds = new[] { notice.GetProperty("noticeId").GetString() } });
        await PaysAsync(member, cart, (1_100, 5_500, "EUR"), total: 5_500); // From 50 euro on delivery is free.
    }

    [Fact]
    public async Task A_cart_in_another_currency_is_sold_in_it_from_the_line_to_the_payment()
    {
        var sku = await Fixture.ProductAsync(units: 100, price: 2_000);
        await PutListAsync($"yen-{sku}", new PriceList { Name = "Yen", Currency = "JPY", Active = true });
        await SetAsync($"yen-{sku}", sku, (1, 3_000), (3, 2_500));
        var guest = await Shopper.GuestAsync(Fixture.Shop);
        await PaysAsync(guest, await guest.CartAsync(sku, quantity: 3, currency: "JPY"), (2_500, 7_500, "JPY"), total: 8_300);

        var opened = await guest.SendAsync(HttpMethod.Post, "/v1/carts", new { currency = "KWD" });
        var refused = await guest.SendAsync(HttpMethod.Post, $"/v1/carts/{opened.Json.GetProperty("cartId").GetString()}/lines", new { sku, quantity = 1 });
        Assert.Equal(400, refused.Status);
        Assert.True(refused.Json.GetProperty("errors").TryGetProperty("sku", out _), refused.Body);
    }

    private static async Task PaysAsync(Shopper buyer, string cart, (int Unit, int Line, string Currency) expected, int total)
    {
        var placed = await buyer.CheckoutAsync(cart, $"pay-{cart}", wait: 20);
        var order = await buyer.WaitForAsync(placed.Json.GetProperty("orderId").GetString()!, 60, "ORDER_STATUS_PAID");
        Assert.Equal(expected, PricesOf(order));
        Assert.Equal((total, expected.Currency), (MinorUnits(order.GetProperty("total")), order.GetProperty("total").GetProperty("currency").GetString()));
        Assert.Equal("PAYMENT_STATE_PAID", order.GetProperty("paymentState").GetString());
    }

    private async Task PutListAsync(string id, PriceList list) => await Fixture.Shop.Client.Catalog.PutPriceListAsync(
        new PutPriceListRequest { PriceListId = id, PriceList = list }, ShopClient.Headers(await StaffAsync()));

    private async Task SetAsync(string list, string sku, params (int From, long Price)[] tiers)
    {
        var price = new ListPrice { Sku = sku, Tiers = { tiers.Select(tier => new PriceTier { MinQuantity = tier.From, MinorUnits = tier.Price }) } };
        var set = await Fixture.Shop.Client.Catalog.SetListPricesAsync(
            new SetListPricesRequest { PriceListId = list, Prices = { price } }, ShopClient.Headers(await StaffAsync()));
        Assert.Equal(1, set.Changed);
    }

    private Task<AccessToken> StaffAsync() => Fixture.Shop.Client.GetTokenAsync("importer", ["catalog.write"], CancellationToken.None);

    private static (int Unit, int Line, string Currency) PricesOf(JsonElement goods)
    {
        var line = Assert.Single(goods.GetProperty("lines").EnumerateArray());
        return (MinorUnits(line.GetProperty("unitPrice")), MinorUnits(line.GetProperty("lineTotal")), line.GetProperty("unitPrice").GetProperty("currency").GetString()!);
    }

    private static int MinorUnits(JsonElement money) => int.Parse(money.GetProperty("minorUnits").GetString()!, null);
}
