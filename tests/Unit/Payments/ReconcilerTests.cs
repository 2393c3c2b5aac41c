using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Payments.Actors;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Flows;
using NexusCart.Payments.Providers;
using NexusCart.Payments.Reconciliation;

namespace NexusCart.Tests.Unit.Payments;

/// <summary>What went past the books is found, repaired where the rules can, and told where they cannot.</summary>
public sealed class ReconcilerTests
{
    private const string Id = "order-1";
    private const long Amount = 1_000;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryBook _book;
    private readonly MemoryDesk _desk = new();

    public ReconcilerTests() => _book = new MemoryBook(_time);

    [Fact]
    public async Task When_nothing_differs_the_report_says_so()
    {
        var world = new World(this, "ok");
        await world.AuthorizeAsync();
        await world.CaptureAsync();
        var report = await world.RunAsync();
        Assert.Equal((1, 0, 0, true), (report.Checked, report.FindingCount, report.Unreachable, report.Deep));
        Assert.Same(report, _desk.Reports[0]);
    }

    [Fact]
    public async Task What_settled_is_compared_once_and_what_is_open_every_time()
    {
        var world = new World(this, "ok");
        await world.AuthorizeAsync();
        await world.CaptureAsync();
        await world.Flows.AuthorizeAsync("order-2", Begin(), default);
        Assert.Equal(2, (await world.RunAsync()).Checked);
        var second = await world.RunAsync();
        Assert.Equal((1, false), (second.Checked, second.Deep));
        Assert.Equal(_desk.Reports[1].Until, second.Since);
    }

    [Fact]
    public async Task What_changed_a_moment_ago_is_left_alone()
    {
        var world = new World(this, "ok");
        await world.AuthorizeAsync();
        Assert.Equal(0, (await world.Reconciler.RunAsync(default)).Checked);
    }

    [Fact]
    public async Task A_missed_webhook_is_made_up_for()
    {
        var world = new World(this, "challenge");
        await world.AuthorizeAsync();
        world.Provider.Challenge(passed: true);
        var finding = Assert.Single((await world.RunAsync()).Findings);
        Assert.Equal((FindingKinds.MissedWebhook, true), (finding.Kind, finding.Repaired));
        Assert.Equal(PaymentStatus.Authorized, _book.Payments[Id].Status);
        Assert.Equal(PaymentNews.Authorized, _book.News[^1].News);
    }

    [Fact]
    public async Task An_approval_that_nobody_told_of_is_finished()
    {
        var world = new World(this, "approval");
        await world.AuthorizeAsync();
        world.Provider.Challenge(passed: true);
        Assert.True(Assert.Single((await world.RunAsync()).Findings).Repaired);
        Assert.Equal(PaymentStatus.Authorized, _book.Payments[Id].Status);
    }

    [Fact]
    public async Task An_authorisation_whose_answer_was_lost_is_found()
    {
        var world = new World(this, "ok");
        world.Provider.Mishaps.Enqueue(Mishap.LostAfter);
        await Assert.ThrowsAsync<OutcomeUnknownException>(world.AuthorizeAsync);
        var finding = Assert.Single((await world.RunAsync()).Findings);
        Assert.Equal((FindingKinds.UnknownOutcome, true), (finding.Kind, finding.Repaired));
        Assert.Equal(PaymentStatus.Authorized, _book.Payments[Id].Status);
    }

    [Fact]
    public async Task An_authorisation_that_never_arrived_is_given_up_when_nobody_asks_any_more()
    {
        var world = new World(this, "ok");
        world.Provider.Mishaps.Enqueue(Mishap.LostBefore);
        await Assert.ThrowsAsync<OutcomeUnknownException>(world.AuthorizeAsync);
        Assert.False(Assert.Single((await world.RunAsync()).Findings).Repaired);
        Assert.Equal(PaymentStatus.Pending, _book.Payments[Id].Status);
        _time.Advance(TimeSpan.FromHours(6));
        Assert.True(Assert.Single((await world.RunAsync()).Findings).Repaired);
        Assert.Equal(PaymentStatus.Voided, _book.Payments[Id].Status);
        Assert.DoesNotContain(world.Provider.Intents, intent => intent.Status == ProviderStatus.Authorized);
    }

    [Fact]
    public async Task A_void_that_was_broken_off_is_ended()
    {
        var world = new World(this, "ok");
        await world.AuthorizeAsync();
        world.Provider.Mishaps.Enqueue(Mishap.LostBefore);
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => world.Flows.VoidAsync(Id, new("test"), default));
        Assert.True(Assert.Single((await world.RunAsync()).Findings).Repaired);
        Assert.Equal((PaymentStatus.Voided, ProviderStatus.Canceled), (_book.Payments[Id].Status, world.Provider.Intents[0].Status));
    }

    [Fact]
    public async Task A_hold_is_told_of_before_it_ends_and_let_go_after()
    {
        var world = new World(this, "ok");
        await world.AuthorizeAsync();
        _time.Advance(TimeSpan.FromDays(6.5));
        var warned = Assert.Single((await world.RunAsync()).Findings);
        Assert.Equal((FindingKinds.Uncaptured, false), (warned.Kind, warned.Repaired));
        Assert.Equal((PaymentTaskKinds.Uncaptured, Amount), (Assert.Single(_desk.Tasks).Kind, _desk.Tasks[0].Amount));
        await world.RunAsync();
        Assert.Single(_desk.Tasks);

        // Only a deep run still sees a payment of a week ago.
        _time.Advance(TimeSpan.FromDays(1));
        var ended = Assert.Single((await world.RunAsync()).Findings);
        Assert.Equal((FindingKinds.Uncaptured, true), (ended.Kind, ended.Repaired));
        Assert.Equal((PaymentStatus.Voided, ProviderStatus.Canceled), (_book.Payments[Id].Status, world.Provider.Intents[0].Status));
    }

    [Theory]
    [InlineData(Mishap.LostBefore)]
    [InlineData(Mishap.LostAfter)]
    public async Task A_refund_whose_answer_was_lost_is_seen_through(Mishap mishap)
    {
        var world = new World(this, "ok");
        await world.AuthorizeAsync();
        await world.CaptureAsync();
        world.Provider.Mishaps.Enqueue(mishap);
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => world.Flows.RefundAsync(Id, new("r1", 300, "EUR", ""), default));
        var finding = Assert.Single((await world.RunAsync()).Findings);
        Assert.Equal((FindingKinds.UnknownOutcome, true), (finding.Kind, finding.Repaired));
        Assert.Equal(300, _book.Payments[Id].Refunded);
        Assert.Equal(300, world.Provider.RefundedAt(_book.Payments[Id].ProviderReference!));
    }

    [Fact]
    public async Task Money_given_back_at_the_provider_by_hand_is_taken_into_the_books()
    {
        var world = new World(this, "ok");
        await world.AuthorizeAsync();
        await world.CaptureAsync();
        await world.Provider.RefundAsync(new(Id, _book.Payments[Id].ProviderReference!, "re_by_hand", 400, "EUR", "key"), default);
        Assert.True(Assert.Single((await world.RunAsync()).Findings).Repaired);
        Assert.Equal((400L, 1), (_book.Payments[Id].Refunded, _book.Payments[Id].Ledger.Count(entry => entry.Kind == LedgerKind.Refunded)));
    }

    [Fact]
    public async Task A_payment_the_books_do_not_know_is_a_task()
    {
        var world = new World(this, "ok");
        await world.Provider.AuthorizeAsync(new(Pending("order-9"), "key"), default);
        var finding = Assert.Single((await world.RunAsync()).Findings);
        Assert.Equal(("order-9", FindingKinds.Stray, false), (finding.PaymentId, finding.Kind, finding.Repaired));
        Assert.Equal((PaymentTaskKinds.Anomaly, "order-9"), (Assert.Single(_desk.Tasks).Kind, _desk.Tasks[0].PaymentId));
    }

    [Fact]
    public async Task A_second_hold_for_one_payment_is_let_go()
    {
        var world = new World(this, "ok");
        await world.AuthorizeAsync();
        await world.Provider.AuthorizeAsync(new(Pending(Id), "another key"), default);
        var finding = Assert.Single((await world.RunAsync()).Findings);
        Assert.Equal((FindingKinds.Stray, true), (finding.Kind, finding.Repaired));
        Assert.Equal([(Id, "pi_1")], _book.Releases);
    }

    [Fact]
    public async Task A_provider_that_does_not_answer_is_asked_again_next_time()
    {
        var world = new World(this, "ok");
        await world.AuthorizeAsync();
        world.Provider.Deaf = true;
        var report = await world.RunAsync();
        Assert.Equal((1, 1, 0), (report.Checked, report.Unreachable, report.FindingCount));
        world.Provider.Deaf = false;
        Assert.Equal(0, (await world.RunAsync()).Unreachable);
    }

    private static BeginAuthorize Begin() => new(Amount, "EUR", "pm_card", "customer", "");

    private Payment Pending(string id) =>
        new() { Id = id, Status = PaymentStatus.Pending, Amount = Amount, Currency = "EUR", CreatedAt = _time.GetUtcNow(), UpdatedAt = _time.GetUtcNow(), Version = 1 };

    private sealed class World
    {
        private readonly ReconcilerTests _test;

        public World(ReconcilerTests test, string card)
        {
            _test = test;
            var options = new ReconcilerOptions();
            Provider = new SimulatedProvider { Card = card, Time = test._time };
            var providers = new PaymentProviders([Provider]);
            Flows = new PaymentFlows(test._book, providers, test._time);
            var check = new PaymentCheck(test._book, Flows, providers, test._desk, options, test._time);
            Reconciler = new Reconciler(test._book, check, providers, test._desk, options, test._time, NullLogger<Reconciler>.Instance);
        }

        public SimulatedProvider Provider { get; }

        public PaymentFlows Flows { get; }

        public Reconciler Reconciler { get; }

        public Task<PaymentAnswer> AuthorizeAsync() => Flows.AuthorizeAsync(Id, Begin(), default);

        public Task<PaymentAnswer> CaptureAsync() => Flows.CaptureAsync(Id, new(Amount, "EUR"), default);

        public async Task<ReconciliationReport> RunAsync()
        {
            _test._time.Advance(TimeSpan.FromMinutes(15));
            return await Reconciler.RunAsync(default);
        }
    }
}
