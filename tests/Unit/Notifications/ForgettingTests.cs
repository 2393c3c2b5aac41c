using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Notifications;
using NexusCart.Notifications.Actors;
using NexusCart.Notifications.Domain;
using NexusCart.Notifications.Webhooks;
using NexusCart.Tests.Unit.Actors;
using NSubstitute;

namespace NexusCart.Tests.Unit.Notifications;

/// <summary>What is kept of events ends, and says nothing any more of whoever was erased.</summary>
public sealed class ForgettingTests
{
    private static readonly Whom Order = new(Redaction.OfOrder, "o-1");

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly IWebhookSender _sender = Substitute.For<IWebhookSender>();
    private readonly NotificationsOptions _options = new();
    private readonly ActorHarness<WebhookEndpointActor> _endpoints;

    public ForgettingTests() =>
        _endpoints = new(host => new WebhookEndpointActor(host, _options, _sender, _time), "erp", NotificationsJson.Default);

    [Fact]
    public void Only_what_is_about_him_is_taken_out_and_only_what_says_who_he_is()
    {
        var mine = Body("o-1", "ann@example.org", "too small");
        var forgotten = JsonDocument.Parse(Redaction.Forget(mine, Order)).RootElement;
        Assert.Equal(("order.refunded.v1", "o-1", 500), (
            forgotten.GetProperty("type").GetString(), forgotten.GetProperty("data").GetProperty("orderId").GetString(), forgotten.GetProperty("data").GetProperty("amountMinorUnits").GetInt32()));
        Assert.Equal(("", ""), (forgotten.GetProperty("data").GetProperty("email").GetString(), forgotten.GetProperty("data").GetProperty("reason").GetString()));

        // Another's, although the id stands in it somewhere.
        var others = Body("o-2", "bob@example.org", "like o-1");
        Assert.Same(others, Redaction.Forget(others, Order));
        Assert.Same(mine, Redaction.Forget(mine, new Whom(Redaction.OfUser, "o-1")));
        var once = Redaction.Forget(mine, Order);
        Assert.Same(once, Redaction.Forget(once, Order));
        Assert.All(["[]", "{}", """{"data":null}""", """{"data":"o-1"}""", """{"data":{"orderId":["o-1"]}}"""], odd => Assert.Same(odd, Redaction.Forget(odd, Order)));
    }

    [Fact]
    public void A_dead_letter_is_replayed_without_whom_it_was_about()
    {
        var dead = new DeadEvent("orders", "e", "order.refunded.v1", "orders", "o-1", JsonDocument.Parse(Body("o-1", "ann@example.org", "r")).RootElement);
        var letter = DeadLetter.Of(null, dead, _time.GetUtcNow());
        Assert.Same(letter, letter.Forget(new Whom(Redaction.OfOrder, "o-2")));
        var forgotten = letter.Forget(Order);
        Assert.DoesNotContain("ann@", forgotten.Event.Envelope.GetRawText(), StringComparison.Ordinal);
        Assert.Equal((DeadLetterStatus.Open, "order.refunded.v1"), (forgotten.Status, forgotten.Event.Type));
        Assert.Same(forgotten, forgotten.Forget(Order));
    }

    [Fact]
    public async Task What_an_endpoint_keeps_and_what_comes_late_says_nothing_of_him()
    {
        await PutAsync();
        await _endpoints.Activate().EnqueueAsync(Delivery("early", "o-1"));
        await _endpoints.Activate().EnqueueAsync(Delivery("others", "o-2"));
        for (var delivery = 0; delivery < 2; delivery++)
            await _endpoints.Activate().ForgetAsync(Order);
        await _endpoints.Activate().EnqueueAsync(Delivery("late", "o-1"));

        var kept = string.Join('\n', _endpoints.Store.Values.Values);
        Assert.Equal(1, kept.Split("someone@example.org").Length - 1);
        await _endpoints.Activate().RecordAsync(new AttemptResult("early", 200, 1, ""));
        await _endpoints.Activate().ReplayAsync(new ReplayDelivery("early", "k"));
        _sender.Received().Start(Arg.Is<WebhookAttempt>(attempt => attempt.DeliveryId == "early" && attempt.Body.Contains("\"email\":\"\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_log_is_kept_as_long_as_configured_and_what_is_in_it_can_be_replayed()
    {
        _options.WebhookRetention = TimeSpan.FromDays(3);
        await PutAsync();
        await _endpoints.Activate().EnqueueAsync(Delivery("old", "o-1"));
        await _endpoints.Activate().RecordAsync(new AttemptResult("old", 200, 1, ""));
        await _endpoints.Activate().EnqueueAsync(Delivery("again", "o-1"));
        await _endpoints.Activate().RecordAsync(new AttemptResult("again", 200, 1, ""));
        _time.Advance(TimeSpan.FromDays(2));
        Assert.NotNull((await _endpoints.Activate().ReplayAsync(new ReplayDelivery("again", "k"))).Deliveries);
        await _endpoints.Activate().RecordAsync(new AttemptResult("again", 200, 1, ""));

        // Nothing happens any more: a reminder sees to it.
        _time.Advance(TimeSpan.FromDays(1));
        await TickAsync();
        Assert.Equal(["again"], await LogAsync());
        Assert.DoesNotContain(_endpoints.Store.Values.Keys, key => key.Contains("old", StringComparison.Ordinal));
        Assert.Null((await _endpoints.Activate().ReplayAsync(new ReplayDelivery("old", "k"))).Deliveries);
        _time.Advance(TimeSpan.FromDays(2));
        await TickAsync();
        await TickAsync();
        Assert.Empty(await LogAsync());
        Assert.Equal(["endpoint"], _endpoints.Store.Values.Keys);
        Assert.DoesNotContain("trim", _endpoints.Timers.Reminders.Keys);
    }

    [Fact]
    public async Task The_log_holds_as_many_as_configured()
    {
        _options.WebhookMaxLog = 3;
        await PutAsync();
        for (var i = 0; i < 5; i++)
            await _endpoints.Activate().EnqueueAsync(Delivery($"e{i}", "o-1"));
        Assert.Equal(["e4", "e3", "e2"], await LogAsync());
    }

    private Task<EndpointAnswer> PutAsync() => _endpoints.Activate().PutAsync(new PutEndpoint("https://erp.example.com/", ["order.refunded.v1"], "", "whsec_c2VjcmV0"));

    private Task TickAsync() => _endpoints.Activate().ReceiveReminderAsync("trim", [], TimeSpan.Zero, TimeSpan.Zero);

    private async Task<IEnumerable<string>> LogAsync() =>
        (await _endpoints.Activate().ReadDeliveriesAsync(new DeliveryQuery(null, 0, 100))).Deliveries!.Select(view => view.Entry.Id);

    private Delivery Delivery(string id, string orderId) => new(id, "order.refunded.v1", Body(orderId, "someone@example.org", "r"), _time.GetUtcNow(), [], 0);

    private static string Body(string orderId, string email, string reason) =>
        JsonSerializer.Serialize(new { type = "order.refunded.v1", data = new { orderId, email, reason, amountMinorUnits = 500 } });
}
