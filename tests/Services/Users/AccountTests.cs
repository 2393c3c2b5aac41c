using System.Net;
using System.Text.Json;

namespace NexusCart.Tests.Services.Users;

/// <summary>What people do with their accounts besides signing in.</summary>
public sealed class AccountTests(UsersFixture users) : IClassFixture<UsersFixture>
{
    private readonly Browser _browser = new(users);

    [Fact]
    public async Task An_address_is_verified_by_the_mailed_ticket_once()
    {
        var tokens = await _browser.ArriveAsync();
        var ticket = await TicketAsync(tokens, "user.verification_requested.v1");
        Assert.Equal(HttpStatusCode.BadRequest, (await VerifyAsync(ticket + "x")).Status);
        Assert.Equal(HttpStatusCode.OK, (await VerifyAsync(ticket)).Status);
        Assert.True((await MeAsync(tokens)).Json.GetProperty("emailVerified").GetBoolean());
        var again = await VerifyAsync(ticket);
        Assert.True(again.Json.GetProperty("errors").TryGetProperty("ticket", out _), again.Text);
    }

    [Fact]
    public async Task A_forgotten_password_is_replaced_by_the_mailed_ticket_and_everybody_is_signed_out()
    {
        var tokens = await _browser.ArriveAsync();
        Assert.Equal(HttpStatusCode.OK, (await RequestResetAsync(_browser.Email)).Status);
        Assert.Equal(HttpStatusCode.OK, (await RequestResetAsync(users.NewEmail())).Status); // Nobody's: nobody hears.
        var ticket = await TicketAsync(tokens, "user.password_reset_requested.v1");

        var weak = await ResetAsync(ticket, "short");
        Assert.True(weak.Json.GetProperty("errors").TryGetProperty("newPassword", out _), weak.Text);
        Assert.Equal(HttpStatusCode.OK, (await ResetAsync(ticket, "a new good password")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await ResetAsync(ticket, "another new password")).Status);
        Assert.Equal("invalid_grant", (await _browser.RefreshAsync(tokens["refresh_token"]))["error"]);
        Assert.Null(await _browser.CodeAsync());
        Assert.NotNull(await _browser.CodeAsync(password: "a new good password"));
    }

    [Fact]
    public async Task A_ticket_for_one_thing_is_no_ticket_for_another()
    {
        var tokens = await _browser.ArriveAsync();
        var verification = await TicketAsync(tokens, "user.verification_requested.v1");
        Assert.Equal(HttpStatusCode.BadRequest, (await ResetAsync(verification, "a new good password")).Status);
        Assert.NotNull(await _browser.CodeAsync());
    }

    [Fact]
    public async Task The_address_book_is_the_callers_own_and_part_of_the_export()
    {
        var tokens = await _browser.ArriveAsync();
        var home = new { address = new { fullName = "Jane Doe", line1 = "1 Harbour Street", postalCode = "20457", city = "Hamburg", country = "DE" } };
        for (var i = 0; i < 2; i++)
            Assert.Equal(HttpStatusCode.OK, (await _browser.SendAsync(HttpMethod.Put, "/v1/users/me/addresses/home", tokens["access_token"], home)).Status);
        var bad = await _browser.SendAsync(HttpMethod.Put, "/v1/users/me/addresses/work", tokens["access_token"], new { address = new { fullName = "Jane", country = "Germany" } });
        Assert.True(bad.Json.GetProperty("errors").TryGetProperty("address.country", out _), bad.Text);

        var export = await _browser.SendAsync(HttpMethod.Get, "/v1/users/me/export", tokens["access_token"]);
        Assert.Equal(_browser.Email, export.Json.GetProperty("profile").GetProperty("email").GetString());
        var kept = Assert.Single(export.Json.GetProperty("addresses").EnumerateArray());
        Assert.Equal(("home", "Hamburg"), (kept.GetProperty("addressId").GetString(), kept.GetProperty("address").GetProperty("city").GetString()));

        var others = await new Browser(users).ArriveAsync();
        Assert.Empty((await _browser.SendAsync(HttpMethod.Get, "/v1/users/me/addresses", others["access_token"])).Json.GetProperty("addresses").EnumerateArray());
        Assert.Equal(HttpStatusCode.OK, (await _browser.SendAsync(HttpMethod.Delete, "/v1/users/me/addresses/home", tokens["access_token"])).Status);
        Assert.Empty((await _browser.SendAsync(HttpMethod.Get, "/v1/users/me/addresses", tokens["access_token"])).Json.GetProperty("addresses").EnumerateArray());
    }

    [Fact]
    public async Task An_export_is_all_that_the_shop_holds_about_the_caller_and_nobody_else()
    {
        var tokens = await _browser.ArriveAsync();
        var userId = (await MeAsync(tokens)).Json.GetProperty("userId").GetString()!;
        users.Data.Orders[userId] = [.. Enumerable.Range(0, 120).Select(i => $"order-{i}")];
        var first = await ExportAsync(tokens, "");
        Assert.Equal(_browser.Email, first.GetProperty("profile").GetProperty("email").GetString());
        Assert.Equal($"cart-of-{userId}", Assert.Single(first.GetProperty("carts").EnumerateArray()).GetProperty("cartId").GetString());
        var card = Assert.Single(first.GetProperty("paymentMethods").EnumerateArray());
        Assert.Equal(($"saved_{userId}", "4242"), (card.GetProperty("methodId").GetString(), card.GetProperty("last4").GetString()));
        Assert.DoesNotContain("secret-for-the-browser", first.GetRawText(), StringComparison.Ordinal);

        var orders = OrdersOf(first);
        for (var page = first; page.GetProperty("nextPageToken").GetString() is { Length: > 0 } next;)
        {
            page = await ExportAsync(tokens, next);
            Assert.False(page.TryGetProperty("profile", out var profile) && profile.ValueKind is JsonValueKind.Object);
            orders.AddRange(OrdersOf(page));
        }

        Assert.Equal(users.Data.Orders[userId], orders);
        var bad = await _browser.SendAsync(HttpMethod.Get, "/v1/users/me/export?pageToken=nonsense", tokens["access_token"]);
        Assert.Equal(HttpStatusCode.BadRequest, bad.Status);
        Assert.Contains("pageToken", bad.Text);

        // Another's has nothing of it, a guest has none, and half an export is none.
        var others = await new Browser(users).ArriveAsync();
        var theirs = await ExportAsync(others, "");
        Assert.DoesNotContain(userId, theirs.GetRawText(), StringComparison.Ordinal);
        Assert.Empty(theirs.GetProperty("orders").EnumerateArray());
        var guest = await Browser.TokenAsync(users, ("grant_type", "urn:nexuscart:params:oauth:grant-type:guest"), ("client_id", "storefront"), ("scope", "shop"));
        Assert.Equal(HttpStatusCode.NotFound, (await _browser.SendAsync(HttpMethod.Get, "/v1/users/me/export", guest["access_token"])).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _browser.SendAsync(HttpMethod.Get, "/v1/users/me/export", null)).Status);
        users.Data.Away.TryAdd(userId, true);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _browser.SendAsync(HttpMethod.Get, "/v1/users/me/export", tokens["access_token"])).Status);

        async Task<JsonElement> ExportAsync(Answer caller, string pageToken)
        {
            var answer = await _browser.SendAsync(HttpMethod.Get, $"/v1/users/me/export?pageToken={Uri.EscapeDataString(pageToken)}", caller["access_token"]);
            Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
            return answer.Json;
        }

        static List<string> OrdersOf(JsonElement export) => [.. export.GetProperty("orders").EnumerateArray().Select(order => order.GetProperty("orderId").GetString()!)];
    }

    [Fact]
    public async Task Registrations_cut_off_by_a_crash_end_as_one_account_each_when_they_are_repeated()
    {
        var people = Enumerable.Range(0, 20).Select(i => (Browser: new Browser(users), Key: $"crash-{i}")).ToList();
        var first = people.Select(person => person.Browser.RegisterAsync(key: person.Key)).ToList();
        await Task.WhenAny(first);
        await users.KillAsync();
        await Task.WhenAll(first); // Some were answered, the others were not.
        await users.StartUsersAsync();

        var ids = new HashSet<string>();
        for (var i = 0; i < people.Count; i++)
        {
            var again = await people[i].Browser.RegisterAsync(key: people[i].Key);
            Assert.True(again.Status is HttpStatusCode.OK, again.Text);
            Assert.True(ids.Add(again["userId"]));
            if ((await first[i]).Status is HttpStatusCode.OK)
                Assert.Equal((await first[i])["userId"], again["userId"]);
            await users.EventuallyAsync("the registration is told", () => Task.FromResult(users.News(again["userId"]).Any(told => told.Type == "user.registered.v1")));
            Assert.Single(users.News(again["userId"]), told => told.Type == "user.registered.v1");
        }
    }

    private async Task<string> TicketAsync(Answer tokens, string type)
    {
        var userId = (await MeAsync(tokens))["userId"];
        string? ticket = null;
        await users.EventuallyAsync(type, () =>
        {
            ticket = users.News(userId).Where(told => told.Type == type).Select(told => told.Data.GetProperty("ticket").GetString()).FirstOrDefault();
            return Task.FromResult(ticket is not null);
        });
        return ticket!;
    }

    private Task<Answer> MeAsync(Answer tokens) => _browser.SendAsync(HttpMethod.Get, "/v1/users/me", tokens["access_token"]);

    private Task<Answer> VerifyAsync(string ticket) => _browser.SendAsync(HttpMethod.Post, "/v1/users:verifyEmail", null, new { ticket });

    private Task<Answer> RequestResetAsync(string email) => _browser.SendAsync(HttpMethod.Post, "/v1/users:requestPasswordReset", null, new { email });

    private Task<Answer> ResetAsync(string ticket, string newPassword) =>
        _browser.SendAsync(HttpMethod.Post, "/v1/users:resetPassword", null, new { ticket, newPassword });
}
