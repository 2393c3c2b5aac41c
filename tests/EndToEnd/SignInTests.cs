using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using NexusCart.Cli.Shop;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.EndToEnd;

/// <summary>From registration through the sign-in page to an order, through the gateway, as a browser would go.</summary>
[Collection(EmbeddedShop.Name)]
public sealed partial class SignInTests(EmbeddedShop shop) : ShopTests(shop)
{
    private const string Password = "correct horse battery";

    [Fact]
    public async Task A_person_registers_signs_in_and_buys()
    {
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Fixture.Shop.Address.Http };
        var discovery = JsonDocument.Parse(await browser.GetStringAsync("/.well-known/openid-configuration")).RootElement;
        Assert.Equal(browser.BaseAddress!.Port, new Uri(discovery.GetProperty("issuer").GetString()!).Port);

        const string email = "jane@example.com";
        var buyer = await ArriveAsync(browser, discovery, email);
        Assert.Equal(email, (await buyer.SendAsync(HttpMethod.Get, "/v1/users/me")).Json.GetProperty("email").GetString());

        var sku = await Fixture.ProductAsync(units: 1);
        var order = await buyer.CheckoutAsync(await buyer.CartAsync(sku), "key", wait: 20);
        Assert.Equal(200, order.Status);
        await buyer.WaitForAsync(order.Json.GetProperty("orderId").GetString()!, 20, "ORDER_STATUS_PAID");

        using var wrong = await browser.PostAsync("/connect/token", Form(("grant_type", "refresh_token"), ("client_id", "storefront"), ("refresh_token", "guess")));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Contains("invalid_grant", await wrong.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Whose_account_is_erased_has_exported_everything_and_is_forgotten_by_all_services_but_for_his_invoice()
    {
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Fixture.Shop.Address.Http };
        var discovery = JsonDocument.Parse(await browser.GetStringAsync("/.well-known/openid-configuration")).RootElement;
        var buyer = await ArriveAsync(browser, discovery, "erika@example.com");
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

        var erased = await buyer.SendAsync(HttpMethod.Post, "/v1/users/me:erase", new { password = Password });
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

    /// <summary>Somebody registers and signs in.</summary>
    private async Task<Shopper> ArriveAsync(HttpClient browser, JsonElement discovery, string email)
    {
        using var registration = new HttpRequestMessage(HttpMethod.Post, "/v1/users")
        {
            Content = Shopper.Text(JsonSerializer.Serialize(new { email, password = Password, displayName = "Jane Doe" }), "application/json"),
        };
        registration.Headers.Add("Idempotency-Key", $"register-{email}");
        using var registered = await browser.SendAsync(registration);
        Assert.Equal(HttpStatusCode.OK, registered.StatusCode);
        var userId = JsonDocument.Parse(await registered.Content.ReadAsStringAsync()).RootElement.GetProperty("userId").GetString()!;
        return new Shopper(Fixture.Shop, new AccessToken(await SignInAsync(browser, discovery, email, Password), userId, 600));
    }

    private static async Task<string> SignInAsync(HttpClient browser, JsonElement discovery, string email, string password)
    {
        var verifier = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        var challenge = Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        var redirect = new Uri(new Uri(discovery.GetProperty("issuer").GetString()!), "signed-in").ToString();
        var page = await browser.GetStringAsync(
            $"{discovery.GetProperty("authorization_endpoint").GetString()}?client_id=storefront&response_type=code&scope=openid+offline_access+shop"
            + $"&state=s&redirect_uri={Uri.EscapeDataString(redirect)}&code_challenge={challenge}&code_challenge_method=S256");
        var hidden = HiddenField().Matches(page).Select(match => (WebUtility.HtmlDecode(match.Groups[1].Value), WebUtility.HtmlDecode(match.Groups[2].Value)));
        using var sent = await browser.PostAsync("/connect/authorize", Form([.. hidden, ("username", email), ("password", password)]));
        Assert.Equal(HttpStatusCode.Redirect, sent.StatusCode);
        Assert.StartsWith(redirect, sent.Headers.Location!.ToString());
        var code = sent.Headers.Location.Query.TrimStart('?').Split('&').Select(pair => pair.Split('=')).Single(pair => pair[0] == "code")[1];

        using var tokens = await browser.PostAsync(discovery.GetProperty("token_endpoint").GetString(), Form(
            ("grant_type", "authorization_code"), ("client_id", "storefront"), ("code", Uri.UnescapeDataString(code)), ("redirect_uri", redirect), ("code_verifier", verifier)));
        Assert.Equal(HttpStatusCode.OK, tokens.StatusCode);
        return JsonDocument.Parse(await tokens.Content.ReadAsStringAsync()).RootElement.GetProperty("access_token").GetString()!;
    }

    private static FormUrlEncodedContent Form(params IEnumerable<(string Name, string Value)> fields) =>
        new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\">")]
    private static partial Regex HiddenField();
}
