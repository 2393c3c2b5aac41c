using System.Net;
using Microsoft.IdentityModel.JsonWebTokens;

namespace NexusCart.Tests.Services.Users;

/// <summary>Signing in, staying signed in, and what happens to codes and refresh tokens in the wrong hands.</summary>
public sealed class OAuthTests(UsersFixture users) : IClassFixture<UsersFixture>
{
    private readonly Browser _browser = new(users);

    [Fact]
    public async Task A_person_registers_signs_in_and_is_known_to_the_services()
    {
        var tokens = await _browser.ArriveAsync();
        var access = new JsonWebToken(tokens["access_token"]);
        Assert.Equal(("ES256", "at+jwt"), (access.Alg, access.Typ));
        Assert.Equal(["nexuscart"], access.Audiences);
        Assert.Equal("customer", access.GetClaim("roles").Value);
        Assert.False(access.TryGetClaim("email", out _));

        var profile = await _browser.SendAsync(HttpMethod.Get, "/v1/users/me", tokens["access_token"]);
        Assert.True(profile.Status is HttpStatusCode.OK, profile.Text);
        Assert.Equal((access.Subject, _browser.Email), (profile["userId"], profile["email"]));
        await users.EventuallyAsync("the registration is told", () => Task.FromResult(
            users.News(access.Subject).Any(told => told.Type == "user.registered.v1" && told.Data.GetProperty("email").GetString() == _browser.Email)));
    }

    [Fact]
    public async Task Discovery_names_the_endpoints_and_the_key_that_signs()
    {
        var discovery = await _browser.SendAsync(HttpMethod.Get, "/.well-known/openid-configuration", null);
        Assert.Equal("http://127.0.0.1:8080/", discovery["issuer"]);
        Assert.Equal("http://127.0.0.1:8080/connect/token", discovery["token_endpoint"]);
        Assert.Equal(["S256"], discovery.Json.GetProperty("code_challenge_methods_supported").EnumerateArray().Select(method => method.GetString()));
        var keys = (await _browser.SendAsync(HttpMethod.Get, "/.well-known/jwks", null)).Json.GetProperty("keys").EnumerateArray().ToList();
        Assert.All(keys, key => Assert.False(key.TryGetProperty("d", out _)));
        var tokens = await _browser.ArriveAsync();
        Assert.Contains(new JsonWebToken(tokens["access_token"]).Kid, keys.Select(key => key.GetProperty("kid").GetString()));
    }

    [Fact]
    public async Task A_refresh_token_is_good_once_and_its_second_use_ends_the_family()
    {
        var first = await _browser.ArriveAsync();
        var second = await _browser.RefreshAsync(first["refresh_token"]);
        Assert.Equal(HttpStatusCode.OK, second.Status);
        Assert.NotEqual(first["refresh_token"], second["refresh_token"]);

        var stolen = await _browser.RefreshAsync(first["refresh_token"]);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant"), (stolen.Status, stolen["error"]));
        var family = await _browser.RefreshAsync(second["refresh_token"]);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant"), (family.Status, family["error"]));
    }

    [Fact]
    public async Task Of_many_that_use_a_refresh_token_at_once_one_wins()
    {
        var tokens = await _browser.ArriveAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _browser.RefreshAsync(tokens["refresh_token"])));
        var winner = Assert.Single(answers, answer => answer.Status is HttpStatusCode.OK);
        Assert.All(answers.Where(answer => answer != winner), answer => Assert.Equal("invalid_grant", answer["error"]));
        Assert.Equal("invalid_grant", (await _browser.RefreshAsync(winner["refresh_token"]))["error"]);
    }

    [Fact]
    public async Task Of_many_that_redeem_a_code_at_once_one_wins()
    {
        await _browser.RegisterAsync();
        var code = (await _browser.CodeAsync())!;
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _browser.RedeemAsync(code)));
        Assert.Single(answers, answer => answer.Status is HttpStatusCode.OK);
        Assert.All(answers.Where(answer => answer.Status is not HttpStatusCode.OK), answer => Assert.Equal("invalid_grant", answer["error"]));
    }

    [Fact]
    public async Task A_code_is_good_once_and_its_replay_ends_what_it_gave()
    {
        await _browser.RegisterAsync();
        var code = (await _browser.CodeAsync())!;
        var tokens = await _browser.RedeemAsync(code);
        Assert.Equal(HttpStatusCode.OK, tokens.Status);
        var replay = await _browser.RedeemAsync(code);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant"), (replay.Status, replay["error"]));
        Assert.Equal("invalid_grant", (await _browser.RefreshAsync(tokens["refresh_token"]))["error"]);
    }

    [Fact]
    public async Task A_stolen_code_is_nothing_without_its_verifier()
    {
        await _browser.RegisterAsync();
        var code = (await _browser.CodeAsync())!;
        var answer = await _browser.RedeemAsync(code, new string('x', 43));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant"), (answer.Status, answer["error"]));
    }

    [Theory]
    [InlineData("", Browser.Redirect)] // No PKCE.
    [InlineData(null, "https://evil.example/")]
    [InlineData(null, Browser.Redirect + "/../evil")]
    public async Task Nobody_is_asked_for_a_password_on_a_bad_request(string? challenge, string redirect)
    {
        var (status, html, _) = await _browser.OpenPageAsync(challenge: challenge, redirect: redirect);
        Assert.NotEqual(HttpStatusCode.OK, status);
        Assert.DoesNotContain("password", html);
    }

    [Fact]
    public async Task What_a_client_sends_is_text_on_the_page_and_nothing_else()
    {
        var (status, html, _) = await _browser.OpenPageAsync(state: "\"><script>alert(1)</script>");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("alert(1)", html);
        Assert.DoesNotContain("<script", html);
    }

    [Fact]
    public async Task An_identity_token_tells_the_client_who_signed_in_and_when()
    {
        var before = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var tokens = await _browser.ArriveAsync("openid offline_access email profile shop");
        var identity = new JsonWebToken(tokens["id_token"]);
        Assert.Equal(["storefront"], identity.Audiences);
        Assert.Equal((_browser.Email, "Jane Doe"), (identity.GetClaim("email").Value, identity.GetClaim("name").Value));
        var signedIn = identity.GetPayloadValue<long>("auth_time");
        Assert.InRange(signedIn, before - 1, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        var refreshed = await _browser.RefreshAsync(tokens["refresh_token"]);
        Assert.Equal(signedIn, new JsonWebToken(refreshed["id_token"]).GetPayloadValue<long>("auth_time"));
    }

    [Fact]
    public async Task A_form_from_elsewhere_signs_nobody_in()
    {
        await _browser.RegisterAsync();
        var (_, html, cookie) = await _browser.OpenPageAsync();
        Assert.NotNull(cookie);
        Assert.Null((await _browser.SubmitAsync(html, null)).Code);
        Assert.Null((await _browser.SubmitAsync(html, "nexuscart-form=" + new string('A', 43))).Code);
        Assert.NotNull((await _browser.SubmitAsync(html, cookie)).Code);
    }

    [Fact]
    public async Task Guesses_lock_the_account_also_when_they_come_side_by_side()
    {
        var registered = await _browser.RegisterAsync();
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => _browser.CodeAsync(password: $"a wrong password {i}")));
        Assert.Null(await _browser.CodeAsync());
        await users.EventuallyAsync("the lock is told", () => Task.FromResult(
            users.News(registered["userId"]).Any(told => told.Type == "user.locked_out.v1")));
    }

    [Fact]
    public async Task A_client_gets_its_roles_and_nobody_its_token_without_the_secret()
    {
        var wrong = await Browser.TokenAsync(users, ("grant_type", "client_credentials"), ("client_id", "operations"), ("client_secret", "guess"), ("scope", "shop"));
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (wrong.Status, wrong["error"]));
        var answer = await Browser.TokenAsync(users, ("grant_type", "client_credentials"), ("client_id", "operations"), ("client_secret", Browser.OperationsSecret), ("scope", "shop"));
        Assert.Contains("users.write", new JsonWebToken(answer["access_token"]).Claims.Where(claim => claim.Type == "roles").Select(claim => claim.Value));
    }

    [Fact]
    public async Task A_guest_gets_a_token_and_no_account()
    {
        var guest = await Browser.TokenAsync(
            users, ("grant_type", "urn:nexuscart:params:oauth:grant-type:guest"), ("client_id", "storefront"), ("scope", "shop offline_access"));
        Assert.True(guest.Status is HttpStatusCode.OK, guest.Text);
        var token = new JsonWebToken(guest["access_token"]);
        Assert.Equal("guest", token.GetClaim("roles").Value);
        Assert.Equal(HttpStatusCode.NotFound, (await _browser.SendAsync(HttpMethod.Get, "/v1/users/me", guest["access_token"])).Status);
        var refreshed = await _browser.RefreshAsync(guest["refresh_token"]);
        Assert.Equal(token.Subject, new JsonWebToken(refreshed["access_token"]).Subject);
    }

    [Fact]
    public async Task What_was_revoked_is_inactive_at_once()
    {
        var tokens = await _browser.ArriveAsync();
        Assert.True((await IntrospectAsync(tokens["access_token"])).Json.GetProperty("active").GetBoolean());
        await Browser.PostFormAsync(users, "/connect/revoke", ("client_id", "storefront"), ("token", tokens["refresh_token"]));
        Assert.Equal("invalid_grant", (await _browser.RefreshAsync(tokens["refresh_token"]))["error"]);
        Assert.False((await IntrospectAsync(tokens["access_token"])).Json.GetProperty("active").GetBoolean());
        var sessions = await _browser.SendAsync(HttpMethod.Get, "/v1/users/me/sessions", tokens["access_token"]);
        Assert.Empty(sessions.Json.GetProperty("sessions").EnumerateArray());
    }

    [Fact]
    public async Task Signing_out_everywhere_ends_every_session()
    {
        var here = await _browser.ArriveAsync();
        var there = await _browser.SignInAsync();
        var sessions = await _browser.SendAsync(HttpMethod.Get, "/v1/users/me/sessions", here["access_token"]);
        Assert.Equal(2, sessions.Json.GetProperty("sessions").GetArrayLength());

        Assert.Equal(HttpStatusCode.OK, (await _browser.SendAsync(HttpMethod.Delete, "/v1/users/me/sessions", here["access_token"])).Status);
        Assert.Equal("invalid_grant", (await _browser.RefreshAsync(here["refresh_token"]))["error"]);
        Assert.Equal("invalid_grant", (await _browser.RefreshAsync(there["refresh_token"]))["error"]);
        Assert.False((await IntrospectAsync(there["access_token"])).Json.GetProperty("active").GetBoolean());
    }

    [Fact]
    public async Task Keys_and_sessions_survive_the_process()
    {
        var tokens = await _browser.ArriveAsync();
        await users.KillAsync();
        await users.StartUsersAsync();
        Assert.Equal(HttpStatusCode.OK, (await _browser.SendAsync(HttpMethod.Get, "/v1/users/me", tokens["access_token"])).Status);
        var refreshed = await _browser.RefreshAsync(tokens["refresh_token"]);
        Assert.True(refreshed.Status is HttpStatusCode.OK, refreshed.Text);
        Assert.Equal(new JsonWebToken(tokens["access_token"]).Kid, new JsonWebToken(refreshed["access_token"]).Kid);
    }

    private Task<Answer> IntrospectAsync(string token) => Browser.PostFormAsync(
        users, "/connect/introspect", ("client_id", "nexuscart"), ("client_secret", "development-only-introspection-client-secret"), ("token", token));
}
