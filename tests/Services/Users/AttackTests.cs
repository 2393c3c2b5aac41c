using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace NexusCart.Tests.Services.Users;

/// <summary>What an attacker would try on tokens and accounts.</summary>
public sealed class AttackTests(UsersFixture users) : IClassFixture<UsersFixture>
{
    private readonly Browser _browser = new(users);

    [Fact]
    public async Task A_token_without_a_signature_is_refused()
    {
        var token = (await _browser.ArriveAsync())["access_token"].Split('.');
        var header = WebEncoders.Base64UrlEncode("""{"alg":"none","typ":"at+jwt"}"""u8);
        await RefusedAsync($"{header}.{token[1]}.");
        await RefusedAsync($"{token[0]}.{token[1]}.");
    }

    [Fact]
    public async Task A_token_signed_with_the_public_key_as_a_password_is_refused()
    {
        var token = (await _browser.ArriveAsync())["access_token"];
        var kid = new JsonWebToken(token).Kid;
        var key = (await _browser.SendAsync(HttpMethod.Get, "/.well-known/jwks", null)).Json.GetProperty("keys").EnumerateArray()
            .Single(candidate => candidate.GetProperty("kid").GetString() == kid);
        var header = WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes($$"""{"alg":"HS256","typ":"at+jwt","kid":"{{kid}}"}"""));
        var input = $"{header}.{token.Split('.')[1]}";
        using var ecdsa = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Base64UrlEncoder.DecodeBytes(key.GetProperty("x").GetString()), Y = Base64UrlEncoder.DecodeBytes(key.GetProperty("y").GetString()) },
        });
        byte[][] secrets =
        [
            Encoding.UTF8.GetBytes(key.GetRawText()), ecdsa.ExportSubjectPublicKeyInfo(),
            Encoding.UTF8.GetBytes(ecdsa.ExportSubjectPublicKeyInfoPem()), Encoding.UTF8.GetBytes(ecdsa.ExportSubjectPublicKeyInfoPem() + "\n"),
        ];
        foreach (var secret in secrets)
            await RefusedAsync($"{input}.{WebEncoders.Base64UrlEncode(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(input)))}");
    }

    [Fact]
    public async Task A_token_with_other_claims_is_refused()
    {
        var token = (await _browser.ArriveAsync())["access_token"].Split('.');
        var claims = JsonSerializer.Deserialize<Dictionary<string, object>>(WebEncoders.Base64UrlDecode(token[1]))!;
        claims["roles"] = new[] { "users.write" };
        await RefusedAsync($"{token[0]}.{WebEncoders.Base64UrlEncode(JsonSerializer.SerializeToUtf8Bytes(claims))}.{token[2]}");
    }

    [Fact]
    public async Task A_token_by_a_key_of_the_attackers_own_is_refused()
    {
        var good = new JsonWebToken((await _browser.ArriveAsync())["access_token"]);
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (var kid in new[] { good.Kid, "mine" })
        {
            await RefusedAsync(new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
            {
                Issuer = good.Issuer,
                Audience = "nexuscart",
                TokenType = "at+jwt",
                Expires = DateTime.UtcNow.AddMinutes(5),
                Claims = new Dictionary<string, object> { ["sub"] = good.Subject },
                SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(own) { KeyId = kid }, SecurityAlgorithms.EcdsaSha256),
            }));
        }
    }

    [Fact]
    public async Task Tokens_for_another_audience_or_purpose_are_refused()
    {
        var elsewhere = await _browser.ArriveAsync("openid offline_access");
        await RefusedAsync(elsewhere["access_token"]); // Good, but not for the shop's services.
        await RefusedAsync(elsewhere["id_token"]); // For the client.
        await RefusedAsync(elsewhere["refresh_token"]);
        await RefusedAsync((await _browser.SignInAsync())["id_token"]);
    }

    [Fact]
    public async Task Roles_are_given_by_whoever_may_and_by_nobody_else()
    {
        var tokens = await _browser.ArriveAsync();
        var me = new JsonWebToken(tokens["access_token"]).Subject;
        var body = new { roles = new[] { "catalog.write" } };
        Assert.Equal(HttpStatusCode.Forbidden, (await _browser.SendAsync(HttpMethod.Put, $"/v1/users/{me}/roles", tokens["access_token"], body)).Status);

        var operations = await Browser.TokenAsync(
            users, ("grant_type", "client_credentials"), ("client_id", "operations"), ("client_secret", Browser.OperationsSecret), ("scope", "shop"));
        Assert.Equal(HttpStatusCode.OK, (await _browser.SendAsync(HttpMethod.Put, $"/v1/users/{me}/roles", operations["access_token"], body)).Status);
        var refreshed = new JsonWebToken((await _browser.RefreshAsync(tokens["refresh_token"]))["access_token"]);
        Assert.Equal(["catalog.write", "customer"], refreshed.Claims.Where(claim => claim.Type == "roles").Select(claim => claim.Value).Order());
    }

    [Fact]
    public async Task A_customer_group_is_given_by_staff_and_stands_in_the_persons_next_token()
    {
        var tokens = await _browser.ArriveAsync();
        var me = new JsonWebToken(tokens["access_token"]).Subject;
        var (path, body) = ($"/v1/users/{me}/customer-group", new { customerGroup = "wholesale" });
        Assert.Equal(HttpStatusCode.Forbidden, (await _browser.SendAsync(HttpMethod.Put, path, tokens["access_token"], body)).Status);

        var operations = await Browser.TokenAsync(
            users, ("grant_type", "client_credentials"), ("client_id", "operations"), ("client_secret", Browser.OperationsSecret), ("scope", "shop"));
        var crooked = await _browser.SendAsync(HttpMethod.Put, path, operations["access_token"], new { customerGroup = "whole sale" });
        Assert.True(crooked.Json.GetProperty("errors").TryGetProperty("customerGroup", out _), crooked.Text);
        Assert.Equal("wholesale", (await _browser.SendAsync(HttpMethod.Put, path, operations["access_token"], body))["customerGroup"]);

        Assert.False(new JsonWebToken(tokens["access_token"]).TryGetClaim("customer_group", out _));
        Assert.Equal("wholesale", new JsonWebToken((await _browser.RefreshAsync(tokens["refresh_token"]))["access_token"]).GetClaim("customer_group").Value);
    }

    [Fact]
    public async Task An_address_has_one_account_and_a_key_one_registration()
    {
        var key = Guid.NewGuid().ToString();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _browser.RegisterAsync(key: key)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Single(answers.Select(answer => answer["userId"]).Distinct());

        var otherBody = await _browser.RegisterAsync(password: "another good password", key: key);
        Assert.Equal((HttpStatusCode.Conflict, "idempotency_key_reused"), (otherBody.Status, otherBody["reason"]));
        var otherKey = await _browser.RegisterAsync(email: _browser.Email.ToUpperInvariant());
        Assert.Equal((HttpStatusCode.Conflict, "email_taken"), (otherKey.Status, otherKey["reason"]));
    }

    [Fact]
    public async Task Another_persons_session_cannot_be_ended()
    {
        var mine = await _browser.ArriveAsync();
        var other = new Browser(users);
        var theirs = await other.ArriveAsync();
        var session = (await other.SendAsync(HttpMethod.Get, "/v1/users/me/sessions", theirs["access_token"])).Json.GetProperty("sessions")[0].GetProperty("sessionId").GetString();
        await _browser.SendAsync(HttpMethod.Delete, $"/v1/users/me/sessions/{session}", mine["access_token"]);
        Assert.Equal(HttpStatusCode.OK, (await other.RefreshAsync(theirs["refresh_token"])).Status);
    }

    [Fact]
    public async Task A_new_password_ends_the_sessions_and_the_old_one()
    {
        var tokens = await _browser.ArriveAsync();
        var wrong = await _browser.SendAsync(HttpMethod.Put, "/v1/users/me/password", tokens["access_token"], new { currentPassword = "a guess at it", newPassword = "a new good password" });
        Assert.Equal(HttpStatusCode.BadRequest, wrong.Status);
        Assert.True(wrong.Json.GetProperty("errors").TryGetProperty("currentPassword", out _));

        var changed = await _browser.SendAsync(HttpMethod.Put, "/v1/users/me/password", tokens["access_token"], new { currentPassword = Browser.Password, newPassword = "a new good password" });
        Assert.Equal(HttpStatusCode.OK, changed.Status);
        Assert.Equal("invalid_grant", (await _browser.RefreshAsync(tokens["refresh_token"]))["error"]);
        Assert.Null(await _browser.CodeAsync());
        Assert.NotNull(await _browser.CodeAsync(password: "a new good password"));
    }

    [Fact]
    public async Task An_erased_account_is_gone_and_its_address_free()
    {
        var tokens = await _browser.ArriveAsync();
        var erased = await _browser.SendAsync(HttpMethod.Post, "/v1/users/me:erase", tokens["access_token"], new { password = Browser.Password });
        Assert.True(erased.Status is HttpStatusCode.OK, erased.Text);
        Assert.Equal(HttpStatusCode.NotFound, (await _browser.SendAsync(HttpMethod.Get, "/v1/users/me", tokens["access_token"])).Status);
        Assert.Equal("invalid_grant", (await _browser.RefreshAsync(tokens["refresh_token"]))["error"]);
        Assert.Null(await _browser.CodeAsync());
        await users.EventuallyAsync("the address is free", async () => (await _browser.RegisterAsync()).Status is HttpStatusCode.OK);
    }

    [Fact]
    public async Task Bad_input_is_named_field_by_field()
    {
        using var request = new StringContent("""{"email":"nobody","password":"short","displayName":""}""", Encoding.UTF8, "application/json");
        request.Headers.Add("Idempotency-Key", "bad-input");
        using var answer = await users.Http.PostAsync("/v1/users", request);
        var errors = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("errors");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(["displayName", "email", "password"], errors.EnumerateObject().Select(error => error.Name).Order());
    }

    private async Task RefusedAsync(string token)
    {
        var answer = await _browser.SendAsync(HttpMethod.Get, "/v1/users/me", token);
        Assert.True(answer.Status is HttpStatusCode.Unauthorized, answer.Text);
    }
}
