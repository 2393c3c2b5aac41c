using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using NexusCart.Cli.Shop;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.EndToEnd;

/// <summary>A browser that registers people and signs them in on the shop's own page: a code with PKCE.</summary>
internal sealed partial class SignInBrowser(RunningShop shop) : IDisposable
{
    /// <summary>Everybody's password.</summary>
    public const string Password = "correct horse battery";

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = shop.Address.Http };

    /// <summary>What the shop says of its OAuth.</summary>
    public async Task<JsonElement> DiscoverAsync() => JsonDocument.Parse(await _http.GetStringAsync("/.well-known/openid-configuration")).RootElement;

    /// <summary>Somebody with an account of his own, signed in.</summary>
    public async Task<Shopper> ArriveAsync(string email)
    {
        var (status, registered) = await RegisterAsync(JsonSerializer.Serialize(new { email, password = Password, displayName = "Jane Doe" }));
        Assert.Equal(HttpStatusCode.OK, status);
        return new Shopper(shop, new AccessToken(await SignInAsync(email), registered.GetProperty("userId").GetString()!, 600));
    }

    /// <summary>Registers with exactly this body.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Answer)> RegisterAsync(string body)
    {
        using var registration = new HttpRequestMessage(HttpMethod.Post, "/v1/users") { Content = Shopper.Text(body, "application/json") };
        registration.Headers.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
        using var registered = await _http.SendAsync(registration);
        return (registered.StatusCode, JsonDocument.Parse(await registered.Content.ReadAsStringAsync()).RootElement);
    }

    /// <summary>Sends a form.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, params IEnumerable<(string Name, string Value)> fields) => _http.PostAsync(path, Form(fields));

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<string> SignInAsync(string email)
    {
        var discovery = await DiscoverAsync();
        var verifier = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        var challenge = Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        var redirect = new Uri(new Uri(discovery.GetProperty("issuer").GetString()!), "signed-in").ToString();
        var page = await _http.GetStringAsync(
            $"{discovery.GetProperty("authorization_endpoint").GetString()}?client_id=storefront&response_type=code&scope=openid+offline_access+shop"
            + $"&state=s&redirect_uri={Uri.EscapeDataString(redirect)}&code_challenge={challenge}&code_challenge_method=S256");
        var hidden = HiddenField().Matches(page).Select(match => (WebUtility.HtmlDecode(match.Groups[1].Value), WebUtility.HtmlDecode(match.Groups[2].Value)));
        using var sent = await PostAsync("/connect/authorize", [.. hidden, ("username", email), ("password", Password)]);
        Assert.Equal(HttpStatusCode.Redirect, sent.StatusCode);
        Assert.StartsWith(redirect, sent.Headers.Location!.ToString());
        var code = sent.Headers.Location.Query.TrimStart('?').Split('&').Select(pair => pair.Split('=')).Single(pair => pair[0] == "code")[1];

        using var tokens = await _http.PostAsync(discovery.GetProperty("token_endpoint").GetString(), Form(
            ("grant_type", "authorization_code"), ("client_id", "storefront"), ("code", Uri.UnescapeDataString(code)), ("redirect_uri", redirect), ("code_verifier", verifier)));
        Assert.Equal(HttpStatusCode.OK, tokens.StatusCode);
        return JsonDocument.Parse(await tokens.Content.ReadAsStringAsync()).RootElement.GetProperty("access_token").GetString()!;
    }

    private static FormUrlEncodedContent Form(params IEnumerable<(string Name, string Value)> fields) =>
        new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\">")]
    private static partial Regex HiddenField();
}
