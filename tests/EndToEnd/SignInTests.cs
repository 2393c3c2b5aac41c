using System.Net;
using System.Text.Json;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.EndToEnd;

/// <summary>From registration through the sign-in page to an order, through the gateway, as a browser would go.</summary>
[Collection(EmbeddedShop.Name)]
public sealed class SignInTests(EmbeddedShop shop) : ShopTests(shop)
{
    [Fact]
    public async Task A_person_registers_signs_in_and_buys()
    {
        const string email = "jane@example.com";
        using var browser = new SignInBrowser(Fixture.Shop);
        Assert.Equal(Fixture.Shop.Address.Http.Port, new Uri((await browser.DiscoverAsync()).GetProperty("issuer").GetString()!).Port);
        var buyer = await browser.ArriveAsync(email);
        Assert.Equal(email, (await buyer.SendAsync(HttpMethod.Get, "/v1/users/me")).Json.GetProperty("email").GetString());

        var sku = await Fixture.ProductAsync(units: 1);
        var order = await buyer.CheckoutAsync(await buyer.CartAsync(sku), "key", wait: 20);
        Assert.Equal(200, order.Status);
        await buyer.WaitForAsync(order.Json.GetProperty("orderId").GetString()!, 20, "ORDER_STATUS_PAID");

        using var wrong = await browser.PostAsync("/connect/token", ("grant_type", "refresh_token"), ("client_id", "storefront"), ("refresh_token", "guess"));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Contains("invalid_grant", await wrong.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Whose_account_is_erased_has_exported_everything_and_is_forgotten_by_all_services_but_for_his_invoice()
    {
        using var browser = new SignInBrowser(Fixture.Shop);
        var buyer = await browser.ArriveAsync("erika@example.com");
        var saved = await buyer.SendAsync(HttpMethod.Post, "/v1/payment-methods", new { token = "pm_card_visa" });
        var methodId = saved.Json.GetProperty("methodId").GetString()!;
        var sku = await Fixture.ProductAsync(units: 2);
        var placed = await buyer.CheckoutAsync(await buyer.CartAsync(sku), "key", methodId, wait: 20);
        var orderId = placed.Json.GetProperty("orderId").GetString()!;
        await buyer.WaitForAsync(orderId, 20, "ORDER_STATUS_PAID");
        var cartId = await buyer.CartAsync(sku);

        var export = (await buyer.SendAsync(HttpMethod.Get, "/v1/users/me/export")).Json;
        Assert.Equal(orderId, Assert.Single(export.GetProperty("orders").EnumerateArray()).GetProperty("orderId").GetString());
        Assert.Contains(export.GetProperty("carts").EnumerateArray(), cart => cart.GetProperty("cartId").GetString() == cartId);
        Assert.Equal("4242", Assert.Single(export.GetProperty("paymentMethods").EnumerateArray()).GetProperty("last4").GetString());

        var erased = await buyer.SendAsync(HttpMethod.Post, "/v1/users/me:erase", new { password = SignInBrowser.Password });
        Assert.True(erased.Status == 200, erased.ToString());
        await EventuallyAsync("cart and card are gone", 30, async () =>
            (await buyer.SendAsync(HttpMethod.Get, $"/v1/carts/{cartId}")).Status == 404
            && (await buyer.SendAsync(HttpMethod.Get, "/v1/payment-methods")).Json.GetProperty("methods").GetArrayLength() == 0);

        // The order is under way: it goes where it was to go, and then forgets where that was.
        var staff = await Shopper.StaffAsync(Fixture.Shop, "orders.read", "orders.write");
        await EventuallyAsync("it is to be packed", 30, async () => (await InspectAsync()).GetProperty("shipments").GetArrayLength() == 1);
        Assert.Equal("A Buyer", (await InspectAsync()).GetProperty("shippingAddress").GetProperty("fullName").GetString());
        foreach (var to in new[] { "SHIPMENT_STATUS_SHIPPED", "SHIPMENT_STATUS_DELIVERED" })
        {
            var moved = await staff.SendAsync(HttpMethod.Post, $"/v1/staff/orders/{orderId}/shipments/s1/move", new { to });
            Assert.True(moved.Status == 200, moved.ToString());
        }

        await EventuallyAsync("the order has forgotten", 30, async () => (await InspectAsync()).GetProperty("email").GetString() == "");
        Assert.Equal("", (await InspectAsync()).GetProperty("shippingAddress").GetProperty("fullName").GetString());
        Assert.Contains("A Buyer", (await staff.SendAsync(HttpMethod.Get, $"/v1/orders/{orderId}/documents/invoice")).Body);

        async Task<JsonElement> InspectAsync() => (await staff.SendAsync(HttpMethod.Get, $"/v1/staff/orders/{orderId}")).Json.GetProperty("order");
    }
}
