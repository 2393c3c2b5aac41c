using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Payments.Actors;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Events;
using NexusCart.Payments.Flows;
using NexusCart.Payments.Providers;
using NexusCart.Platform.Actors;
using NexusCart.Tests.Unit.Actors;

namespace NexusCart.Tests.Unit.Payments;

/// <summary>Payments in their shard: what is stored, published and released.</summary>
public sealed class PaymentShardTests
{
    private readonly RecordingPublisher _publisher = new();
    private readonly MemoryDesk _desk = new();
    private readonly MemoryBook _book;
    private readonly SimulatedProvider _provider = new() { Card = "challenge" };
    private readonly ActorHarness<PaymentShardActor> _harness;

    public PaymentShardTests()
    {
        var time = new FakeTimeProvider();
        _book = new MemoryBook(time);
        var providers = new PaymentProviders([_provider]);
        var effects = new PaymentEffects(providers, new PaymentFlows(_book, providers, time), _book, _desk, time, NullLogger<PaymentEffects>.Instance);
        _harness = new(
            host => new PaymentShardActor(host, new AggregateShardServices(_publisher, new AggregateShardOptions(), time), effects), "0", PaymentShardJson.Default);
    }

    [Fact]
    public async Task A_payment_survives_its_actor_and_tells_its_news_under_one_id()
    {
        var shard = _harness.Activate();
        await DoAsync(shard, new BeginAuthorize(1_000, "EUR", "pm_card_visa", "c", "jane@example.com"));
        await DoAsync(shard, new Observe(Held(), "evt_1"));
        await DoAsync(shard, new Observe(Held(), "evt_1"));
        await shard.WhenPublishedAsync();

        var again = _harness.Activate();
        var payment = (await DoAsync(again, new Read())).Payment!;
        Assert.Equal((PaymentStatus.Authorized, "pi_0", 1_000L, "jane@example.com"), (payment.Status, payment.ProviderReference, payment.Amount, payment.Email));
        Assert.Equal(["evt_1"], payment.SeenEvents);
        await again.WhenPublishedAsync();

        var told = Assert.Single(_publisher.Published.DistinctBy(pending => pending.Id));
        Assert.Equal(("payment.authorized.v1", "payments", "order-1"), (told.Type, told.Topic, told.Key));
        var payload = told.Data.Deserialize(PaymentEventsJson.Default.PaymentChanged)!;
        Assert.Equal(("order-1", "authorized", "pi_0", new EventMoney(1_000, "EUR"), 2L), (payload.PaymentId, payload.Status, payload.ProviderReference, payload.Amount, payload.Version));
        Assert.DoesNotContain("secret", told.Data.GetRawText(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("jane", told.Data.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_challenge_closes_the_payment_at_the_provider_until_it_is_closed()
    {
        var shard = _harness.Activate();
        var begun = (await DoAsync(shard, new BeginAuthorize(1_000, "EUR", "pm_card", "c", ""))).Payment!;
        await DoAsync(shard, new Observe(await _provider.AuthorizeAsync(new(begun, "key"), default)));
        _provider.Challenge(passed: false);

        _provider.Mishaps.Enqueue(Mishap.LostBefore);
        await DoAsync(shard, new Observe(_provider.Intents[0]));
        await shard.WhenPublishedAsync();
        Assert.Equal(ProviderStatus.Declined, _provider.Intents[0].Status);

        await shard.ReceiveReminderAsync("publish-pending", [], TimeSpan.Zero, TimeSpan.Zero);
        await shard.WhenPublishedAsync();
        Assert.Equal(ProviderStatus.Canceled, _provider.Intents[0].Status);
        Assert.Equal(["payment.action_required.v1", "payment.declined.v1"], _publisher.Published.Select(pending => pending.Type));
    }

    [Fact]
    public async Task A_refund_that_fails_later_is_told_and_becomes_a_task()
    {
        var shard = _harness.Activate();
        await DoAsync(shard, new BeginAuthorize(1_000, "EUR", "pm_card_visa", "c", ""));
        await DoAsync(shard, new Observe(Held()));
        await DoAsync(shard, new Observe(Held() with { Status = ProviderStatus.Captured, Captured = 1_000 }));
        await DoAsync(shard, new BeginRefund("r1", 400, "EUR", "return"));
        await DoAsync(shard, new ObserveRefund(new("r1", "re_1", Accepted: true)));
        await DoAsync(shard, new ObserveRefund(new("r1", "re_1", Accepted: false, "lost_or_stolen_card"), "evt_9"));
        await shard.WhenPublishedAsync();

        var told = Assert.Single(_publisher.Published, pending => pending.Type == "payment.refund_failed.v1");
        Assert.Equal(("r1", 400L, "lost_or_stolen_card"), Payload(told));
        Assert.Equal((PaymentTaskKinds.RefundFailed, "order-1", 400L), Assert.Single(_desk.Tasks.Select(task => (task.Kind, task.PaymentId, task.Amount))));

        await DoAsync(shard, new ObserveDispute(new("dp_1", 600, DisputeStatus.Open, "fraudulent"), "evt_10"));
        await DoAsync(shard, new ObserveDispute(new("dp_1", 600, DisputeStatus.Won, "fraudulent"), "evt_11"));
        await shard.WhenPublishedAsync();
        Assert.Equal(
            ["payment.disputed.v1", "payment.dispute_closed.v1"],
            _publisher.Published.Where(pending => pending.Type.Contains("disput", StringComparison.Ordinal)).Select(pending => pending.Type));
        Assert.Equal("payments", _desk.Tasks.Single(task => task.Kind == PaymentTaskKinds.Dispute).ResolvedBy);
    }

    [Fact]
    public async Task A_webhook_that_names_no_payment_of_ours_is_looked_up_from_the_inbox()
    {
        var shard = _harness.Activate();
        var begun = (await DoAsync(shard, new BeginAuthorize(1_000, "EUR", "pm_card", "c", ""))).Payment!;
        var seen = await _provider.AuthorizeAsync(new(begun, "key"), default);
        await _book.ExecuteAsync("order-1", new BeginAuthorize(1_000, "EUR", "pm_card", "c", ""), default);
        await _book.ExecuteAsync("order-1", new Observe(seen with { Status = ProviderStatus.Captured, Captured = 1_000 }), default);
        var dispute = new DisputeObservation("dp_1", 500, DisputeStatus.Open, "fraudulent");
        await DoAsync(shard, new TakeIn(new InboxItem("evt_1", "stripe", "charge.dispute.created", null, seen.Reference) { Dispute = dispute }));
        await shard.WhenPublishedAsync();
        Assert.Equal("dp_1", Assert.Single(_book.Disputes).Reference);
    }

    [Fact]
    public void A_payment_stored_before_there_were_ledgers_is_read()
    {
        const string Old = """{"id":"o","status":"Captured","amount":1,"currency":"EUR","captured":1,"refunds":[],"seenEvents":[],"createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z","version":3}""";
        var payment = JsonSerializer.Deserialize(Old, PaymentShardJson.Default.Payment)!;
        Assert.Equal(("stripe", 0, 0), (payment.Provider, payment.Ledger.Count, payment.Disputes.Count));
    }

    [Fact]
    public async Task Refusals_store_nothing()
    {
        var shard = _harness.Activate();
        var answer = await DoAsync(shard, new BeginCapture(1, "EUR"));
        Assert.Equal(RefusalKind.NotFound, answer.Refused?.Kind);
        Assert.Empty((await shard.ReadPageAsync(new(""))).Entities);
    }

    private static (string, long, string) Payload(PendingEvent told)
    {
        var payload = told.Data.Deserialize(PaymentEventsJson.Default.RefundFailed)!;
        return (payload.RefundId, payload.Amount.MinorUnits, payload.Reason);
    }

    private static Observation Held() => new(ProviderStatus.Authorized, "pi_0") { Amount = 1_000, Currency = "EUR" };

    private static async Task<PaymentAnswer> DoAsync(PaymentShardActor shard, PaymentCommand command)
    {
        // Over the wire and back, as the runtime does.
        var json = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        ActorJson.Configure(json, PaymentShardJson.Default);
        var sent = JsonSerializer.Serialize(new[] { new ShardCommand<PaymentCommand>("order-1", command) }, json);
        var replies = await shard.ExecuteAsync(JsonSerializer.Deserialize<ShardCommand<PaymentCommand>[]>(sent, json)!);
        var received = JsonSerializer.Deserialize<ShardReply<PaymentAnswer>[]>(JsonSerializer.Serialize(replies, json), json)!;
        Assert.Equal(Grpc.Core.StatusCode.OK, received[0].Code);
        return received[0].Answer!;
    }
}
