using System.Text.Json;
using NexusCart.Cli.Audit;
using NexusCart.Cli.Shop;
using NexusCart.Common.V1;
using NexusCart.Promotions.V1;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.EndToEnd;

/// <summary>A single-use coupon from its making to its last use, through the gateway, with everybody after it at once.</summary>
[Collection(EmbeddedShop.Name)]
public sealed class PromotionTests(EmbeddedShop shop) : ShopTests(shop)
{
    private const int Rivals = 200;
    private const int Patience = 60;

    [Fact]
    public async Task Of_two_hundred_checkouts_with_one_coupon_one_uses_it_and_a_cancelled_one_gives_it_back()
    {
        var sku = await Fixture.ProductAsync(units: 1_000, price: 2_000);
        var codes = await MakeCouponsAsync(sku);
        var rivals = await Task.WhenAll(Enumerable.Range(0, Rivals).Select(async _ =>
        {
            var rival = await Shopper.GuestAsync(Fixture.Shop);
            return (Rival: rival, Cart: await rival.CartAsync(sku));
        }));

        // A declined card: the coupon was redeemed, and is good again.
        var (first, cart) = rivals[0];
        var declined = await CheckoutAsync(first, cart, codes[0], "pm_card_visa_chargeDeclined");
        Assert.Equal("ORDER_STATUS_CANCELLED", (await EndAsync(first, declined)).GetProperty("status").GetString());

        var answers = await Task.WhenAll(rivals.Select(rival => CheckoutAsync(rival.Rival, rival.Cart, codes[0], "pm_card_visa")));
        var ends = new List<JsonElement>();
        foreach (var (answer, rival) in answers.Zip(rivals))
        {
            // Who asks when it is used already hears so at once; who was let in loses it in the saga, or wins.
            if (answer.Status is 400)
                Assert.Equal("promotion_code_used", answer.Json.GetProperty("reason").GetString());
            else
                ends.Add(await EndAsync(rival.Rival, answer));
        }

        var paid = Assert.Single(ends, order => order.GetProperty("status").GetString() == "ORDER_STATUS_PAID");
        Assert.Equal("500", paid.GetProperty("discount").GetProperty("minorUnits").GetString());
        Assert.Equal("1990", paid.GetProperty("total").GetProperty("minorUnits").GetString());
        Assert.All(ends.Where(order => order.GetProperty("status").GetString() != "ORDER_STATUS_PAID"), order => Assert.Equal("promotion_code_used", order.GetProperty("reason").GetString()));
        Assert.Equal(999, await Fixture.AvailableAsync(sku));

        var token = await Fixture.Shop.Client.GetTokenAsync("auditor", ["audit.read"], CancellationToken.None);
        var ledger = await new LedgerReader(Fixture.Shop.Client, token, TimeProvider.System).ReadAtRestAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
        Assert.Empty(Auditor.Check(ledger).Drifts);
        Assert.Equal(1, ledger.Promotions.SelectMany(books => books.Promotions).Single(promotion => promotion.PromotionId == "once").Uses);
    }

    private async Task<IReadOnlyList<string>> MakeCouponsAsync(string sku)
    {
        var headers = ShopClient.Headers(await Fixture.Shop.Client.GetTokenAsync("staff", ["promotions.write"], CancellationToken.None));
        var promotions = Fixture.Shop.Client.Promotions;
        await promotions.PutPromotionAsync(
            new PutPromotionRequest
            {
                PromotionId = "once",
                Promotion = new Promotion
                {
                    Name = "Five off", Active = true, NeedsCode = true, Selection = new Selection { Skus = { sku } },
                    FixedAmount = new FixedReward { Amount = new Money { MinorUnits = 500, Currency = "EUR" } },
                },
            },
            headers);
        await promotions.PutCouponBatchAsync(
            new PutCouponBatchRequest { BatchId = "once-1", Batch = new CouponBatch { PromotionId = "once", Count = 3 } }, headers);
        return (await promotions.ListCouponCodesAsync(new ListCouponCodesRequest { BatchId = "once-1" }, headers)).Codes;
    }

    private static Task<ShopAnswer> CheckoutAsync(Shopper buyer, string cart, string code, string paymentMethod) => buyer.SendAsync(HttpMethod.Post, "/v1/checkout", new
    {
        cartId = cart,
        paymentMethod,
        email = "buyer@example.com",
        shippingAddress = new { fullName = "A Buyer", line1 = "1 Harbour Street", postalCode = "20457", city = "Hamburg", country = "DE" },
        couponCodes = new[] { code },
    });

    private static Task<JsonElement> EndAsync(Shopper buyer, ShopAnswer answer)
    {
        Assert.True(answer.Status is 200 or 202, answer.ToString());
        return buyer.WaitForAsync(answer.Json.GetProperty("orderId").GetString()!, Patience, "ORDER_STATUS_PAID", "ORDER_STATUS_CANCELLED", "ORDER_STATUS_NEEDS_ATTENTION");
    }
}
