using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;

namespace NexusCart.Tests.Services.Users;

/// <summary>An answer, read.</summary>
internal sealed record Answer(HttpStatusCode Status, string Text)
{
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    public string this[string property] => Json.GetProperty(property).GetString()!;
}

/// <summary>A person with the storefront in a browser.</summary>
internal sealed partial class Browser(UsersFixture users)
{
    public const string OperationsSecret = "development-only-operations-client-secret";
    public const string Redirect = "http://127.0.0.1:8080/signed-in";
    public const string Password = "correct horse battery";

    private readonly string _verifier = WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));

    public string Email { get; } = users.NewEmail();

    private string Challenge => WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(_verifier)));

    /// <summary>Calls the token endpoint.</summary>
    public static Task<Answer> TokenAsync(UsersFixture users, params (string Name, string Value)[] form) =>
        PostFormAsync(users, "/connect/token", form);

    public static async Task<Answer> PostFormAsync(UsersFixture users, string path, params (string Name, string Value)[] form)
    {
        using var content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        using var answer = await users.Http.PostAsync(path, content);
        return await ReadAsync(answer);
    }

    public async Task<Answer> RegisterAsync(string? email = null, string password = Password, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/users")
        {
            Content = JsonContent.Create(new { email = email ?? Email, password, displayName = "Jane Doe" }),
        };
        request.Headers.Add("Idempotency-Key", key ?? Guid.NewGuid().ToString());
        using var answer = await users.Http.SendAsync(request);
        return await ReadAsync(answer);
    }

    /// <summary>Calls the accounts' API with a token.</summary>
    public async Task<Answer> SendAsync(HttpMethod method, string path, string? token, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await users.Http.SendAsync(request);
        return await ReadAsync(answer);
    }

    /// <summary>Opens the sign-in page.</summary>
    public async Task<(HttpStatusCode Status, string Html, string? Cookie)> OpenPageAsync(string scope = "openid offline_access roles shop", string? challenge = null, string redirect = Redirect, string state = "s1")
    {
        var query = $"?client_id=storefront&response_type=code&redirect_uri={Uri.EscapeDataString(redirect)}&state={Uri.EscapeDataString(state)}&scope={Uri.EscapeDataString(scope)}";
        if (challenge is not "")
            query += $"&code_challenge={challenge ?? Challenge}&code_challenge_method=S256";
        using var answer = await users.Http.GetAsync("/connect/authorize" + query);
        var cookie = answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies.First().Split(';')[0] : null;
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(), cookie);
    }

    /// <summary>Sends the sign-in form; the code when it was accepted, else null and the page again.</summary>
    public async Task<(string? Code, string Html)> SubmitAsync(string html, string? cookie, string password = Password)
    {
        var fields = HiddenField().Matches(html).Select(match => (WebUtility.HtmlDecode(match.Groups[1].Value), WebUtility.HtmlDecode(match.Groups[2].Value)))
            .Append(("username", Email)).Append(("password", password));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/authorize")
        {
            Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Item1, field.Item2))),
        };
        if (cookie is not null)
            request.Headers.Add("Cookie", cookie);
        using var answer = await users.Http.SendAsync(request);
        var code = answer.Headers.Location is { } location ? QueryHelpers.ParseQuery(location.Query)["code"].ToString() : null;
        return (string.IsNullOrEmpty(code) ? null : code, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Signs in and gets the code.</summary>
    public async Task<string?> CodeAsync(string scope = "openid offline_access roles shop", string password = Password)
    {
        var (_, html, cookie) = await OpenPageAsync(scope);
        return (await SubmitAsync(html, cookie, password)).Code;
    }

    public Task<Answer> RedeemAsync(string code, string? verifier = null) => TokenAsync(
        users, ("grant_type", "authorization_code"), ("client_id", "storefront"), ("code", code), ("redirect_uri", Redirect),
        ("code_verifier", verifier ?? _verifier));

    public Task<Answer> RefreshAsync(string refreshToken) => TokenAsync(
        users, ("grant_type", "refresh_token"), ("client_id", "storefront"), ("refresh_token", refreshToken));

    /// <summary>Registers, signs in and redeems the code.</summary>
    public async Task<Answer> ArriveAsync(string scope = "openid offline_access roles shop")
    {
        Assert.Equal(HttpStatusCode.OK, (await RegisterAsync()).Status);
        return await SignInAsync(scope);
    }

    /// <summary>Signs in and redeems the code.</summary>
    public async Task<Answer> SignInAsync(string scope = "openid offline_access roles shop")
    {
        var tokens = await RedeemAsync((await CodeAsync(scope))!);
        Assert.True(tokens.Status is HttpStatusCode.OK, tokens.Text);
        return tokens;
    }

    private static async Task<Answer> ReadAsync(HttpResponseMessage answer) => new(answer.StatusCode, await answer.Content.ReadAsStringAsync());

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\">")]
    private static partial Regex HiddenField();
}
