using NexusCart.Tests.Harness;

namespace NexusCart.Tests.EndToEnd;

/// <summary>One key, one order, one charge: in parallel, after the end, and after a restart of everything.</summary>
public abstract class IdempotencyTests(ShopFixture fixture) : ShopTests(fixture)
{
    [Fact]
    public async Task Fifty_times_the_same_key_is_one_order_now_later_and_after_a_restart()
    {
        var sku = await Fixture.ProductAsync(units: 100);
        var buyer = await Shopper.GuestAsync(Fixture.Shop);
        var cart = await buyer.CartAsync(sku, quantity: 3);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => buyer.CheckoutAsync(cart, "the-key", wait: 20)));
        var orderId = Assert.Single(answers.Select(Id).Distinct());
        Assert.All(answers, answer => Assert.Equal("ORDER_STATUS_PAID", answer.Json.GetProperty("status").GetString()));

        var later = await buyer.CheckoutAsync(cart, "the-key", wait: 20);
        Assert.Equal(orderId, Id(later));

        await Fixture.Shop.StopAsync();
        await Fixture.Shop.StartAgainAsync();
        var afterRestart = await buyer.CheckoutAsync(cart, "the-key", wait: 20);
        Assert.Equal(orderId, Id(afterRestart));
        Assert.Equal(later.Body, afterRestart.Body);
        Assert.Equal(later.Status, afterRestart.Status);

        Assert.Equal((1, 1), await ProviderBooks.EffectsAsync(Fixture.Shop, orderId));
        Assert.Equal(97, await Fixture.AvailableAsync(sku));
        var orders = (await buyer.SendAsync(HttpMethod.Get, "/v1/orders")).Json.GetProperty("orders");
        Assert.Equal(1, orders.GetArrayLength());
    }

    [Fact]
    public async Task Another_body_under_the_key_is_refused()
    {
        var sku = await Fixture.ProductAsync(units: 10);
        var buyer = await Shopper.GuestAsync(Fixture.Shop);
        var cart = await buyer.CartAsync(sku);
        var first = await buyer.CheckoutAsync(cart, "the-key", wait: 20);

        var second = await buyer.CheckoutAsync(cart, "the-key", city: "Kiel");

        Assert.Equal(409, second.Status);
        Assert.Equal("application/problem+json", second.ContentType);
        Assert.Equal(Id(first), Id(await buyer.CheckoutAsync(cart, "the-key", wait: 20)));
        Assert.Equal(9, await Fixture.AvailableAsync(sku));
    }

    [Fact]
    public async Task The_same_key_of_another_customer_is_another_order()
    {
        var sku = await Fixture.ProductAsync(units: 10);
        var one = await Shopper.GuestAsync(Fixture.Shop);
        var other = await Shopper.GuestAsync(Fixture.Shop);
        var first = await one.CheckoutAsync(await one.CartAsync(sku), "the-key", wait: 20);
        var second = await other.CheckoutAsync(await other.CartAsync(sku), "the-key", wait: 20);
        Assert.NotEqual(Id(first), Id(second));
    }

    private static string Id(ShopAnswer answer)
    {
        Assert.True(answer.Status is 200 or 202, answer.ToString());
        return answer.Json.GetProperty("orderId").GetString()!;
    }
}
