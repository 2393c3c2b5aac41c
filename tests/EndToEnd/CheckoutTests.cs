using System.Text.Json;
using NexusCart.Carts.V1;
using NexusCart.Cli.Shop;
using NexusCart.Common.V1;
using NexusCart.Orders.V1;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.EndToEnd;

/// <summary>Purchases through the gateway, from the cart to the end of the saga.</summary>
public abstract class CheckoutTests(ShopFixture fixture) : ShopTests(fixture)
{
    private const int Patience = 30;
    private static readonly string[] Ends = ["ORDER_STATUS_PAID", "ORDER_STATUS_CANCELLED", "ORDER_STATUS_NEEDS_ATTENTION"];

    [Fact]
    public async Task A_purchase_over_http_ends_paid()
    {
        var sku = await Fixture.ProductAsync(units: 5, price: 1_250);
        var buyer = await Shopper.GuestAsync(Fixture.Shop);
        var cart = await buyer.CartAsync(sku, quantity: 2);
        var quote = (await buyer.SendAsync(HttpMethod.Post, "/v1/checkout/quote", new { cartId = cart, country = "DE", postalCode = "20457" })).Json;

        var answer = await buyer.CheckoutAsync(cart, "key-1", wait: 20);
        Assert.True(answer.Status == 200, answer.ToString());
        var order = answer.Json;

        Assert.Equal("ORDER_STATUS_PAID", order.GetProperty("status").GetString());
        Assert.Equal("2500", order.GetProperty("subtotal").GetProperty("minorUnits").GetString());
        // The shop's own tables: 4.90 euro of shipping, and 19 % of tax in it all.
        Assert.Equal("2990", order.GetProperty("total").GetProperty("minorUnits").GetString());
        Assert.Equal(1900, order.GetProperty("taxes")[0].GetProperty("rateBasisPoints").GetInt32());
        Assert.All(
            ["lines", "subtotal", "shipping", "taxes", "taxIncluded", "total"],
            field => Assert.Equal(quote.GetProperty(field).GetRawText(), order.GetProperty(field).GetRawText()));
        Assert.Equal(3, await Fixture.AvailableAsync(sku));
        Assert.Equal(
            ["reserve", "authorise", "confirm", "capture", "complete"],
            Steps(order, "succeeded"));
        Assert.Equal((1, 1), await ProviderEffectsAsync(order));
    }

    [Fact]
    public async Task The_bought_cart_is_emptied()
    {
        var sku = await Fixture.ProductAsync(units: 5);
        var buyer = await Shopper.GuestAsync(Fixture.Shop);
        var cart = await buyer.CartAsync(sku);
        await buyer.CheckoutAsync(cart, "key", wait: 20);

        await EventuallyAsync("the cart is emptied", 60, async () =>
        {
            var answer = await buyer.SendAsync(HttpMethod.Get, $"/v1/carts/{cart}");
            return !answer.Json.TryGetProperty("lines", out var lines) || lines.GetArrayLength() == 0;
        });
    }

    [Fact]
    public async Task A_purchase_over_grpc_ends_paid()
    {
        var sku = await Fixture.ProductAsync(units: 1);
        var shop = Fixture.Shop.Client;
        var token = await shop.GetTokenAsync(subject: null, roles: [], CancellationToken.None);
        var cart = await shop.Carts.CreateCartAsync(new CreateCartRequest { Currency = "EUR" }, ShopClient.Headers(token, "cart"));
        await shop.Carts.AddLineAsync(new AddLineRequest { CartId = cart.CartId, Sku = sku, Quantity = 1 }, ShopClient.Headers(token, "line"));
        var headers = ShopClient.Headers(token, "checkout");
        headers.Add("prefer", "wait=20");

        var order = await shop.Orders.CheckoutAsync(Request(cart.CartId), headers);

        Assert.Equal(OrderStatus.Paid, order.Status);
        Assert.Equal(order, await shop.Orders.CheckoutAsync(Request(cart.CartId), headers));
        // The order may have gone on meanwhile, towards its shipment; what the checkout left stands.
        var read = await shop.Orders.GetOrderAsync(new GetOrderRequest { OrderId = order.OrderId }, ShopClient.Headers(token));
        Assert.Equal((order.OrderId, order.Status, order.Total), (read.OrderId, read.Status, read.Total));
        Assert.Equal(order.Lines, read.Lines);
        Assert.Equal(order.History, read.History.Take(order.History.Count));
    }

    [Fact]
    public async Task A_declined_card_gives_the_units_back()
    {
        var sku = await Fixture.ProductAsync(units: 2);
        var buyer = await Shopper.GuestAsync(Fixture.Shop);
        var order = (await buyer.CheckoutAsync(await buyer.CartAsync(sku), "key", "pm_card_visa_chargeDeclined", wait: 20)).Json;

        Assert.Equal("ORDER_STATUS_CANCELLED", order.GetProperty("status").GetString());
        Assert.StartsWith("card_declined", order.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Contains("release", Steps(order, "compensated"));
        Assert.Equal(2, await Fixture.AvailableAsync(sku));
    }

    [Fact]
    public async Task Three_d_secure_is_completed_by_the_webhook()
    {
        var sku = await Fixture.ProductAsync(units: 1);
        var buyer = await Shopper.GuestAsync(Fixture.Shop);
        var waiting = (await buyer.CheckoutAsync(await buyer.CartAsync(sku), "key", "pm_card_threeDSecure2Required", wait: 20)).Json;
        Assert.Equal("ORDER_STATUS_ACTION_REQUIRED", waiting.GetProperty("status").GetString());
        Assert.NotEmpty(waiting.GetProperty("paymentAction").GetProperty("clientSecret").GetString()!);
        Assert.Equal(0, await Fixture.AvailableAsync(sku));

        await AnswerChallengeAsync(waiting, "complete");
        var order = await buyer.WaitForAsync(Id(waiting), Patience, Ends);

        Assert.Equal("ORDER_STATUS_PAID", order.GetProperty("status").GetString());
        Assert.Equal((1, 1), await ProviderEffectsAsync(order));
    }

    [Fact]
    public async Task Three_d_secure_that_fails_cancels()
    {
        var sku = await Fixture.ProductAsync(units: 1);
        var buyer = await Shopper.GuestAsync(Fixture.Shop);
        var waiting = (await buyer.CheckoutAsync(await buyer.CartAsync(sku), "key", "pm_card_threeDSecure2Required", wait: 20)).Json;

        await AnswerChallengeAsync(waiting, "fail");
        var order = await buyer.WaitForAsync(Id(waiting), Patience, Ends);

        Assert.Equal("ORDER_STATUS_CANCELLED", order.GetProperty("status").GetString());
        Assert.Equal(1, await Fixture.AvailableAsync(sku));
    }

    [Fact]
    public async Task PayPal_is_paid_once_the_buyer_approved_there()
    {
        var sku = await Fixture.ProductAsync(units: 1);
        var buyer = await Shopper.GuestAsync(Fixture.Shop);
        var waiting = (await buyer.CheckoutAsync(await buyer.CartAsync(sku), "key", "paypal", wait: 20)).Json;
        var action = waiting.GetProperty("paymentAction");
        Assert.Equal("paypal_approval", action.GetProperty("kind").GetString());

        var page = new Uri(action.GetProperty("redirectUrl").GetString()!);
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var approved = await browser.PostAsync(new Uri(page, $"/checkoutnow/{page.Query.Split('=')[1]}/buyer"), content: null);
        Assert.True((int)approved.StatusCode < 400, $"The approval page answered {(int)approved.StatusCode}.");
        var order = await buyer.WaitForAsync(Id(waiting), Patience, Ends);

        Assert.Equal("ORDER_STATUS_PAID", order.GetProperty("status").GetString());
        Assert.Equal((1, 1), await ProviderEffectsAsync(order));
    }

    [Fact]
    public async Task The_second_of_two_buyers_of_the_last_unit_is_not_charged()
    {
        var sku = await Fixture.ProductAsync(units: 1);
        var first = await Shopper.GuestAsync(Fixture.Shop);
        var second = await Shopper.GuestAsync(Fixture.Shop);
        var (firstCart, secondCart) = (await first.CartAsync(sku), await second.CartAsync(sku));

        var won = (await first.CheckoutAsync(firstCart, "key", wait: 20)).Json;
        var lost = (await second.CheckoutAsync(secondCart, "key", wait: 20)).Json;

        Assert.Equal("ORDER_STATUS_PAID", won.GetProperty("status").GetString());
        Assert.Equal("ORDER_STATUS_CANCELLED", lost.GetProperty("status").GetString());
        Assert.Equal("out_of_stock", lost.GetProperty("reason").GetString());
        Assert.Equal((0, 0), await ProviderEffectsAsync(lost));
    }

    [Fact]
    public async Task Two_hundred_buyers_of_ten_units_buy_exactly_ten()
    {
        var sku = await Fixture.ProductAsync(units: 10);
        var buyers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
        {
            var buyer = await Shopper.GuestAsync(Fixture.Shop);
            return (Buyer: buyer, Cart: await buyer.CartAsync(sku));
        }));

        var orders = await Task.WhenAll(buyers.Select(async entry =>
        {
            var started = (await entry.Buyer.CheckoutAsync(entry.Cart, "key")).Json;
            return await entry.Buyer.WaitForAsync(Id(started), 60, Ends);
        }));

        Assert.Equal(10, orders.Count(order => order.GetProperty("status").GetString() == "ORDER_STATUS_PAID"));
        Assert.All(
            orders.Where(order => order.GetProperty("status").GetString() != "ORDER_STATUS_PAID"),
            order => Assert.Equal("out_of_stock", order.GetProperty("reason").GetString()));
        Assert.Equal(0, await Fixture.AvailableAsync(sku));
    }

    [Fact]
    public async Task An_order_is_its_owners_alone()
    {
        var sku = await Fixture.ProductAsync(units: 1);
        var owner = await Shopper.GuestAsync(Fixture.Shop);
        var order = (await owner.CheckoutAsync(await owner.CartAsync(sku), "key", wait: 20)).Json;
        var stranger = await Shopper.GuestAsync(Fixture.Shop);

        Assert.Equal(404, (await stranger.OrderAsync(Id(order))).Status);
        Assert.Equal(200, (await owner.OrderAsync(Id(order))).Status);
        var own = (await owner.SendAsync(HttpMethod.Get, "/v1/orders")).Json.GetProperty("orders");
        Assert.Equal(Id(order), own.EnumerateArray().Single().GetProperty("orderId").GetString());
    }

    [Fact]
    public async Task A_strangers_cart_cannot_be_bought()
    {
        var sku = await Fixture.ProductAsync(units: 1);
        var owner = await Shopper.GuestAsync(Fixture.Shop);
        var cart = await owner.CartAsync(sku);
        var stranger = await Shopper.GuestAsync(Fixture.Shop);

        Assert.Equal(404, (await stranger.SendAsync(HttpMethod.Get, $"/v1/carts/{cart}")).Status);
        Assert.InRange((await stranger.CheckoutAsync(cart, "key")).Status, 400, 404);
        Assert.Equal(1, await Fixture.AvailableAsync(sku));
    }

    private static CheckoutRequest Request(string cartId) => new()
    {
        CartId = cartId,
        PaymentMethod = "pm_card_visa",
        Email = "buyer@example.com",
        ShippingAddress = new Address { FullName = "A Buyer", Line1 = "1 Harbour Street", PostalCode = "20457", City = "Hamburg", Country = "DE" },
    };

    private static string Id(JsonElement order) => order.GetProperty("orderId").GetString()!;

    private static IEnumerable<string> Steps(JsonElement order, string outcome) =>
        order.GetProperty("history").EnumerateArray()
            .Where(step => step.GetProperty("outcome").GetString() == outcome)
            .Select(step => step.GetProperty("step").GetString()!);

    private async Task AnswerChallengeAsync(JsonElement order, string answer)
    {
        var page = order.GetProperty("paymentAction").GetProperty("redirectUrl").GetString();
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var response = await browser.PostAsync($"{page}/{answer}", content: null);
        Assert.True((int)response.StatusCode < 400, $"The challenge page answered {(int)response.StatusCode}.");
    }

    /// <summary>How often the provider authorised and captured for this order.</summary>
    private Task<(int Authorisations, int Captures)> ProviderEffectsAsync(JsonElement order) =>
        ProviderBooks.EffectsAsync(Fixture.Shop, Id(order));
}
