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
        var codes = await MakeCouponsAsync("once", new Promotion
        {
            Name = "Five off", Active = true, NeedsCode = true, Selection = new Selection { Skus = { sku } },
            FixedAmount = new FixedReward { Amount = new Money { MinorUnits = 500, Currency = "EUR" } },
        });
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

    [Fact]
    public async Task An_order_that_costs_nothing_asks_no_provider_and_when_it_is_cancelled_its_coupon_is_good_again()
    {
        // Worth enough to be sent free of charge.
        var sku = await Fixture.ProductAsync(units: 10, price: 6_000);
        var code = (await MakeCouponsAsync("gift", new Promotion
        {
            Name = "A gift", Active = true, NeedsCode = true, Selection = new Selection { Skus = { sku } }, Percentage = new PercentageReward { BasisPoints = 10_000 },
        }))[0];
        var (ann, bob) = (await Shopper.GuestAsync(Fixture.Shop), await Shopper.GuestAsync(Fixture.Shop));

        // The card would be declined, if anybody asked.
        var order = await EndAsync(ann, await CheckoutAsync(ann, await ann.CartAsync(sku), code, "pm_card_visa_chargeDeclined"));
        Assert.Equal(("ORDER_STATUS_PAID", "0"), (order.GetProperty("status").GetString(), order.GetProperty("total").GetProperty("minorUnits").GetString()));
        var used = await CheckoutAsync(bob, await bob.CartAsync(sku), code, "pm_card_visa");
        Assert.Equal("promotion_code_used", used.Json.GetProperty("reason").GetString());

        var orderId = order.GetProperty("orderId").GetString()!;
        await EventuallyAsync("the order can be cancelled", Patience, async () =>
            (await ann.SendAsync(HttpMethod.Post, $"/v1/orders/{orderId}/cancel", new { reason = "not needed" }, key: "cancel")).Status is 200 or 202);
        await ann.WaitForAsync(orderId, Patience, "ORDER_STATUS_CANCELLED");
        JsonElement? again = null;
        await EventuallyAsync("the coupon is good again", Patience, async () =>
        {
            var answer = await CheckoutAsync(bob, await bob.CartAsync(sku), code, "pm_card_visa");
            again = answer.Status is 200 or 202 ? answer.Json : null;
            return again is not null;
        });
        await bob.WaitForAsync(again!.Value.GetProperty("orderId").GetString()!, Patience, "ORDER_STATUS_PAID");
        Assert.Equal(9, await Fixture.AvailableAsync(sku));

        var token = await Fixture.Shop.Client.GetTokenAsync("auditor", ["audit.read"], CancellationToken.None);
        var ledger = await new LedgerReader(Fixture.Shop.Client, token, TimeProvider.System).ReadAtRestAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
        Assert.Empty(Auditor.Check(ledger).Drifts);
        Assert.DoesNotContain(ledger.Payments, payment => payment.PaymentId == orderId);
    }

    private async Task<IReadOnlyList<string>> MakeCouponsAsync(string promotionId, Promotion promotion)
    {
        var headers = ShopClient.Headers(await Fixture.Shop.Client.GetTokenAsync("staff", ["promotions.write"], CancellationToken.None));
        var promotions = Fixture.Shop.Client.Promotions;
        var batchId = promotionId + "-1";
        await promotions.PutPromotionAsync(new PutPromotionRequest { PromotionId = promotionId, Promotion = promotion }, headers);
        await promotions.PutCouponBatchAsync(
            new PutCouponBatchRequest { BatchId = batchId, Batch = new CouponBatch { PromotionId = promotionId, Count = 3 } }, headers);
        return (await promotions.ListCouponCodesAsync(new ListCouponCodesRequest { BatchId = batchId }, headers)).Codes;
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
