using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Notifications.Domain;

namespace NexusCart.Tests.Unit.Notifications;

public class DeadLetterTests
{
    private static readonly DateTimeOffset Now = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DeadEvent Event = new("orders", "o1:paid", "order.paid.v1", "orders", "o1", JsonSerializer.SerializeToElement(new { id = "o1:paid" }));

    [Fact]
    public void One_event_is_one_dead_letter_and_is_open_again_when_it_comes_back()
    {
        var letter = DeadLetter.Of(DeadLetter.Of(null, Event, Now), Event, Now.AddMinutes(1));
        Assert.Equal((2, Now, Now.AddMinutes(1)), (letter.Times, letter.FirstSeenAt, letter.LastSeenAt));

        Assert.Equal(DeadLetterVerdict.Done, letter.Replay("staff", Now, out var replayed));
        Assert.Equal((DeadLetterStatus.Replayed, 1, "staff"), (replayed.Status, replayed.Replays, replayed.HandledBy));
        Assert.Equal(DeadLetterVerdict.Done, replayed.Replay("staff", Now, out var again));
        Assert.Same(replayed, again);

        var back = DeadLetter.Of(replayed, Event, Now);
        Assert.Equal(DeadLetterStatus.Open, back.Status);
        Assert.Equal(DeadLetterVerdict.Done, back.Replay("staff", Now, out var second));
        Assert.Equal(2, second.Replays);
    }

    [Fact]
    public void What_was_given_up_stays_so()
    {
        Assert.Equal(DeadLetterVerdict.Done, DeadLetter.Of(null, Event, Now).Discard("staff", "a test order", Now, out var discarded));
        Assert.Equal(DeadLetterVerdict.Done, discarded.Discard("other", "a test order", Now, out var again));
        Assert.Same(discarded, again);
        Assert.Equal(DeadLetterVerdict.NotOpen, discarded.Discard("staff", "another reason", Now, out _));
        Assert.Equal(DeadLetterVerdict.NotOpen, discarded.Replay("staff", Now, out _));
        Assert.Equal(DeadLetterStatus.Discarded, DeadLetter.Of(discarded, Event, Now).Status);
    }

    [Fact]
    public void What_opens_something_is_not_shown()
    {
        var shown = Redaction.Apply(JsonSerializer.SerializeToElement(new
        {
            email = "a@example.com",
            ticket = "t1",
            payment = new { clientSecret = "s1", amount = 12 },
            keys = new object[] { new { api_key = "k1", access_token = "a1" } },
            nothing = (string?)null,
        }));
        Assert.Equal(
            """{"email":"a@example.com","ticket":"[redacted]","payment":{"clientSecret":"[redacted]","amount":12},"keys":[{"api_key":"[redacted]","access_token":"[redacted]"}],"nothing":null}""",
            shown);
        Assert.Equal("\"text\"", Redaction.Apply(JsonSerializer.SerializeToElement("text")));
    }
}

public class SentMailTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void One_sends_and_others_wait_until_he_has_or_is_lost()
    {
        Assert.Equal(MailVerdict.Send, Claim(null, out var mine));
        Assert.Equal(MailVerdict.Busy, Claim(mine, out _));
        _time.Advance(SentMail.ClaimLifetime);
        Assert.Equal(MailVerdict.Send, Claim(mine, out var second));
        Assert.Equal(MailVerdict.Send, Claim(second with { ClaimedAt = null }, out _));
        Assert.Equal(MailVerdict.Sent, Claim(second with { SentAt = _time.GetUtcNow() }, out _));
    }

    private MailVerdict Claim(SentMail? known, out SentMail next) => SentMail.Claim(known, MailKind.OrderPaid, _time.GetUtcNow(), out next);
}
