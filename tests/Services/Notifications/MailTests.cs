using System.Text.Json;

namespace NexusCart.Tests.Services.Notifications;

/// <summary>Mails: one per event, and what stops one waits for staff.</summary>
public sealed class MailTests(NotificationsFixture notifications) : IClassFixture<NotificationsFixture>
{
    [Fact]
    public async Task An_event_gives_one_mail_with_both_forms_however_often_it_comes_also_after_a_restart()
    {
        var id = await notifications.PublishAsync("orders", "order.paid.v1", NotificationsFixture.Order("once-1"));
        await notifications.EventuallyAsync("the mail", () => Mails("once-1").Count == 1);
        var mail = Mails("once-1").Single();
        Assert.Contains("To: ann@example.com\n", mail);
        Assert.Contains("Subject: Your order once-1 is paid\n", mail);
        Assert.Contains("multipart/alternative", mail);
        Assert.Contains("2 x Shoes: 25.98 EUR", mail);
        Assert.Contains("<a href=\"http://127.0.0.1:8080/orders/once-1\">", mail);

        // When one behind it has been sent, that it was sent has been noted, as a rule: a moment after the mail is in the folder.
        await notifications.PublishAsync("orders", "order.placed.v1", NotificationsFixture.Order("marker-0"));
        await notifications.EventuallyAsync("one behind it", () => Mails("marker-0").Count == 1);
        foreach (var file in Directory.EnumerateFiles(notifications.MailFolder))
            File.Delete(file);
        await notifications.KillAsync();
        await notifications.StartProgramAsync();
        await notifications.PublishAsync("orders", "order.paid.v1", NotificationsFixture.Order("once-1"), id);
        await notifications.PublishAsync("orders", "order.placed.v1", NotificationsFixture.Order("marker-1"));
        await notifications.EventuallyAsync("the mail behind it", () => Mails("marker-1").Count == 1);
        Assert.Empty(Mails("once-1"));
    }

    [Fact]
    public async Task A_guests_confirmation_has_the_link_by_which_an_account_claims_the_order_and_nobody_elses_has()
    {
        await notifications.PublishAsync("orders", "order.paid.v1", NotificationsFixture.Order("guests-1", isGuest: true));
        await notifications.PublishAsync("orders", "order.paid.v1", NotificationsFixture.Order("claimed-1", isGuest: true));
        await notifications.PublishAsync("orders", "order.paid.v1", NotificationsFixture.Order("accounts-1"));
        await notifications.EventuallyAsync("the mails", () => Mails("guests-1").Count == 1 && Mails("claimed-1").Count == 1 && Mails("accounts-1").Count == 1);

        var token = NotificationsFixture.ClaimTokenOf("guests-1");
        Assert.Contains($"http://127.0.0.1:8080/orders/guests-1/claim?token={token}", Mails("guests-1").Single());
        Assert.Contains("2031-01-02 03:04 UTC", Mails("guests-1").Single());
        Assert.DoesNotContain(token, notifications.Output);
        Assert.Equal(["claimed-1", "guests-1"], notifications.ClaimsAskedFor.Distinct().Order());
        Assert.All(["claimed-1", "accounts-1"], order => Assert.DoesNotContain("/claim?token", Mails(order).Single()));
    }

    [Fact]
    public async Task A_ticket_is_in_its_mail_and_nowhere_else()
    {
        const string ticket = "ticket-that-opens-the-account";
        await notifications.PublishAsync("users", "user.password_reset_requested.v1", new
        {
            userId = "u1", email = "bob@example.com", displayName = "Bob", ticket, expiresAt = DateTimeOffset.UtcNow.AddHours(1), at = DateTimeOffset.UtcNow,
        });
        await notifications.EventuallyAsync("the mail", () => Mails("bob@example.com").Count == 1);
        Assert.Contains($"http://127.0.0.1:8080/account/reset-password?ticket={ticket}", Mails("bob@example.com").Single());
        Assert.DoesNotContain(ticket, notifications.Output);
        var refused = await notifications.SendAsync(HttpMethod.Put, "/v1/staff/webhooks/tickets", new
        {
            url = "http://127.0.0.1:9/", eventTypes = new[] { "user.password_reset_requested.v1" },
        });
        Assert.Equal(400, refused.Status);
        Assert.Contains("eventTypes[0]", refused.Text);
    }

    [Fact]
    public async Task What_cannot_be_sent_is_a_dead_letter_and_is_sent_by_a_replay_once_the_cause_is_gone()
    {
        // The folder cannot be written to: a file stands in its place.
        var kept = notifications.MailFolder + "-kept";
        Directory.CreateDirectory(notifications.MailFolder);
        Directory.Move(notifications.MailFolder, kept);
        await File.WriteAllTextAsync(notifications.MailFolder, "in the way");
        var eventId = await notifications.PublishAsync("orders", "order.paid.v1", NotificationsFixture.Order("dead-1", "carla@example.com"));
        await notifications.EventuallyAsync("the dead letter", async () => await notifications.DeadLetterAsync(eventId) is not null);
        var letter = (await notifications.DeadLetterAsync(eventId))!.Value;
        Assert.Equal(("orders", "order.paid.v1", "test", "DEAD_LETTER_STATUS_OPEN"), (
            letter.GetProperty("topic").GetString(), letter.GetProperty("eventType").GetString(), letter.GetProperty("source").GetString(), letter.GetProperty("status").GetString()));
        var path = $"/v1/staff/dead-letters/{letter.GetProperty("deadLetterId").GetString()}";
        var viewed = await notifications.SendAsync(HttpMethod.Get, path);
        Assert.Equal("dead-1", JsonDocument.Parse(viewed.Json.GetProperty("payload").GetString()!).RootElement.GetProperty("orderId").GetString());

        // Replayed before the cause is gone, it comes back.
        Assert.Equal(200, (await notifications.SendAsync(HttpMethod.Post, path + "/replays", new { })).Status);
        await notifications.EventuallyAsync("it comes back", async () =>
            (await notifications.SendAsync(HttpMethod.Get, path)).Json is var back && back.GetProperty("times").GetInt32() == 2
            && back.GetProperty("status").GetString() == "DEAD_LETTER_STATUS_OPEN");

        File.Delete(notifications.MailFolder);
        Directory.Move(kept, notifications.MailFolder);
        for (var repeated = 0; repeated < 2; repeated++)
        {
            var replayed = await notifications.SendAsync(HttpMethod.Post, path + "/replays", new { });
            Assert.True(replayed.Status == 200, replayed.Text);
            Assert.Equal((2, "staff-1"), (replayed.Json.GetProperty("replays").GetInt32(), replayed.Json.GetProperty("handledBy").GetString()));
        }

        await notifications.EventuallyAsync("the mail", () => Mails("carla@example.com").Count == 1);
        Assert.Equal("DEAD_LETTER_STATUS_REPLAYED", (await notifications.DeadLetterAsync(eventId))!.Value.GetProperty("status").GetString());
    }

    [Fact]
    public async Task What_cannot_be_read_is_a_dead_letter_at_once_and_can_be_given_up_with_a_reason()
    {
        var eventId = await notifications.PublishAsync("orders", "order.paid.v1", new { orderId = 7, ticket = "opens-something" });
        await notifications.EventuallyAsync("the dead letter", async () => await notifications.DeadLetterAsync(eventId) is not null);
        var path = $"/v1/staff/dead-letters/{(await notifications.DeadLetterAsync(eventId))!.Value.GetProperty("deadLetterId").GetString()}";
        var viewed = await notifications.SendAsync(HttpMethod.Get, path);
        Assert.DoesNotContain("opens-something", viewed.Text);
        Assert.Contains("[redacted]", viewed.Text);

        Assert.Equal(400, (await notifications.SendAsync(HttpMethod.Post, path + "/discard", new { reason = " " })).Status);
        var discarded = await notifications.SendAsync(HttpMethod.Post, path + "/discard", new { reason = "made by hand" });
        Assert.True(discarded.Status == 200, discarded.Text);
        Assert.Equal("made by hand", discarded.Json.GetProperty("reason").GetString());
        Assert.Equal(400, (await notifications.SendAsync(HttpMethod.Post, path + "/replays", new { })).Status);
        Assert.Contains("dead_letter_not_open", (await notifications.SendAsync(HttpMethod.Post, path + "/replays", new { })).Text);

        var open = await notifications.SendAsync(HttpMethod.Get, "/v1/staff/dead-letters?status=DEAD_LETTER_STATUS_OPEN&topic=orders&eventType=order.paid.v1&pageSize=100");
        Assert.DoesNotContain(eventId, open.Text);
        Assert.Contains(eventId, (await notifications.SendAsync(HttpMethod.Get, "/v1/staff/dead-letters?status=DEAD_LETTER_STATUS_DISCARDED")).Text);
    }

    [Theory]
    [InlineData("GET", "/v1/staff/dead-letters")]
    [InlineData("GET", "/v1/staff/dead-letters/x")]
    [InlineData("POST", "/v1/staff/dead-letters/x/replays")]
    [InlineData("POST", "/v1/staff/dead-letters/x/discard")]
    [InlineData("GET", "/v1/staff/webhooks")]
    [InlineData("PUT", "/v1/staff/webhooks/x")]
    [InlineData("DELETE", "/v1/staff/webhooks/x")]
    [InlineData("POST", "/v1/staff/webhooks/x/secrets")]
    [InlineData("GET", "/v1/staff/webhooks/x/deliveries")]
    [InlineData("POST", "/v1/staff/webhooks/x/deliveries/y/replays")]
    public async Task A_customer_sees_and_does_nothing_of_it(string method, string path)
    {
        var answer = await notifications.SendAsync(new HttpMethod(method), path, method is "GET" or "DELETE" ? null : new { }, key: "k", roles: "orders.read");
        Assert.Equal(403, answer.Status);
    }

    private List<string> Mails(string about) => [.. notifications.Mails.Where(mail => mail.Contains(about, StringComparison.Ordinal))];
}
