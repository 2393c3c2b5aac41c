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
    [Fact]
    public async Task A_person_registers_signs_in_and_buys()
    {
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Fixture.Shop.Address.Http };
        var discovery = JsonDocument.Parse(await browser.GetStringAsync("/.well-known/openid-configuration")).RootElement;
        Assert.Equal(browser.BaseAddress!.Port, new Uri(discovery.GetProperty("issuer").GetString()!).Port);

        const string email = "jane@example.com", password = "correct horse battery";
        using var registration = new HttpRequestMessage(HttpMethod.Post, "/v1/users")
        {
            Content = Shopper.Text(JsonSerializer.Serialize(new { email, password, displayName = "Jane Doe" }), "application/json"),
        };
        registration.Headers.Add("Idempotency-Key", "register-jane");
        using var registered = await browser.SendAsync(registration);
        Assert.Equal(HttpStatusCode.OK, registered.StatusCode);
        var userId = JsonDocument.Parse(await registered.Content.ReadAsStringAsync()).RootElement.GetProperty("userId").GetString()!;

        var token = await SignInAsync(browser, discovery, email, password);
        var buyer = new Shopper(Fixture.Shop, new AccessToken(token, userId, 600));
        Assert.Equal(email, (await buyer.SendAsync(HttpMethod.Get, "/v1/users/me")).Json.GetProperty("email").GetString());

        var sku = await Fixture.ProductAsync(units: 1);
        var order = await buyer.CheckoutAsync(await buyer.CartAsync(sku), "key", wait: 20);
        Assert.Equal(200, order.Status);
        await buyer.WaitForAsync(order.Json.GetProperty("orderId").GetString()!, 20, "ORDER_STATUS_PAID");

        using var wrong = await browser.PostAsync("/connect/token", Form(("grant_type", "refresh_token"), ("client_id", "storefront"), ("refresh_token", "guess")));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Contains("invalid_grant", await wrong.Content.ReadAsStringAsync());
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
