using System.Net;
using Microsoft.IdentityModel.JsonWebTokens;

namespace NexusCart.Tests.Services.Users;

/// <summary>Keys by which programs act for people.</summary>
public sealed class ApiKeyTests(UsersFixture users) : IClassFixture<UsersFixture>
{
    private static readonly string NextYear = DateTime.UtcNow.Date.AddDays(300).ToString("yyyy-MM-ddTHH:mm:ssZ", null);
    private readonly Browser _browser = new(users);

    [Fact]
    public async Task A_key_gets_tokens_of_its_person_until_it_is_taken_away()
    {
        var tokens = await _browser.ArriveAsync();
        var made = await PutAsync(tokens, []);
        Assert.True(made.Status is HttpStatusCode.OK, made.Text);
        Assert.Equal(made["secret"], (await PutAsync(tokens, []))["secret"]);

        var answer = await ExchangeAsync(made["secret"]);
        Assert.True(answer.Status is HttpStatusCode.OK, answer.Text);
        Assert.False(answer.Json.TryGetProperty("refresh_token", out _));
        Assert.Equal(new JsonWebToken(tokens["access_token"]).Subject, new JsonWebToken(answer["access_token"]).Subject);
        Assert.Equal(HttpStatusCode.OK, (await _browser.SendAsync(HttpMethod.Get, "/v1/users/me", answer["access_token"])).Status);
        Assert.DoesNotContain(made["secret"], (await _browser.SendAsync(HttpMethod.Get, "/v1/users/me/export", tokens["access_token"])).Text);

        await _browser.SendAsync(HttpMethod.Delete, "/v1/users/me/api-keys/erp", tokens["access_token"]);
        Assert.Equal("invalid_grant", (await ExchangeAsync(made["secret"]))["error"]);
        var anew = await PutAsync(tokens, []);
        Assert.NotEqual(made["secret"], anew["secret"]);
        Assert.Equal("invalid_grant", (await ExchangeAsync(made["secret"]))["error"]);
    }

    [Fact]
    public async Task A_key_is_no_way_to_more()
    {
        var tokens = await _browser.ArriveAsync();
        var greedy = await PutAsync(tokens, ["users.write"]);
        Assert.True(greedy.Json.GetProperty("errors").TryGetProperty("roles", out _), greedy.Text);

        var made = await PutAsync(tokens, ["customer"]);
        var other = await PutAsync(tokens, []);
        Assert.Equal((HttpStatusCode.Conflict, "api_key_exists"), (other.Status, other["reason"]));
        var answer = await ExchangeAsync(made["secret"]);
        Assert.Equal(HttpStatusCode.Forbidden, (await PutAsync(answer, [], "another")).Status);
        Assert.Equal("customer", new JsonWebToken(answer["access_token"]).GetClaim("roles").Value);
    }

    [Fact]
    public async Task Guesses_and_other_peoples_secrets_open_nothing()
    {
        var mine = (await PutAsync(await _browser.ArriveAsync(), []))["secret"];
        var other = new Browser(users);
        var theirs = (await PutAsync(await other.ArriveAsync(), []))["secret"];
        var mixed = theirs[..(theirs.LastIndexOf('.') + 1)] + mine[(mine.LastIndexOf('.') + 1)..];
        foreach (var guess in new[] { mixed, theirs + "x", theirs[4..], "nck_", "nck_a.b.c", "" })
            Assert.Equal(HttpStatusCode.BadRequest, (await ExchangeAsync(guess)).Status);
    }

    private Task<Answer> PutAsync(Answer tokens, string[] roles, string id = "erp") => _browser.SendAsync(
        HttpMethod.Put, $"/v1/users/me/api-keys/{id}", tokens["access_token"], new { roles, expiresAt = NextYear });

    private Task<Answer> ExchangeAsync(string key) => Browser.TokenAsync(
        users, ("grant_type", "urn:nexuscart:params:oauth:grant-type:api-key"), ("client_id", "integrations"), ("assertion", key), ("scope", "shop"));
}
