using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Promotions;
using NexusCart.Promotions.Actors;
using NexusCart.Promotions.Domain.FlashSales;
using NexusCart.Tests.Unit.Actors;

namespace NexusCart.Tests.Unit.Promotions.FlashSales;

public class FlashSaleActorTests
{
    private readonly RecordingPublisher _publisher = new();
    private readonly FakeTimeProvider _time = new(Some.Now);
    private readonly FakeFence _stock = new();
    private readonly ActorHarness<FlashSaleActor> _harness;
    private FlashSaleActor _actor;

    public FlashSaleActorTests()
    {
        _harness = new(host => new FlashSaleActor(host, new FlashSaleOptions(), _publisher, _stock, _time), "autumn", FlashSalesJson.Default);
        _actor = _harness.Activate();
    }

    [Fact]
    public async Task Hundreds_of_claims_are_one_transaction_of_what_changed()
    {
        await GoLiveAsync(units: 1_000);
        var before = _harness.Store.Transactions;
        var replies = await RunAsync([.. Enumerable.Range(0, 300).Select(i => new OpenClaim($"c{i}", "k", 1))]);

        Assert.Equal(before + 1, _harness.Store.Transactions);
        Assert.Equal(["c:0", "c:1", "h", "pe"], _harness.Store.LastTransaction);
        Assert.All(replies, reply => Assert.Equal((ClaimVerdict.Done, 700), (reply.Verdict, reply.Left)));
        Assert.Equal(Enumerable.Range(0, 300), replies.Select(reply => reply.Number));

        before = _harness.Store.Transactions;
        Assert.Equal(7, (await RunAsync(new OpenClaim("c7", "k", 1)))[0].Number);
        Assert.Equal(before, _harness.Store.Transactions);
    }

    [Fact]
    public async Task A_restart_knows_every_customer()
    {
        await GoLiveAsync(units: 400);
        await RunAsync([.. Enumerable.Range(0, 300).Select(i => new OpenClaim($"c{i}", "k", 1))]);
        _actor = _harness.Activate();

        var replies = await RunAsync([.. Enumerable.Range(0, 500).Select(i => new OpenClaim($"c{i}", "k", 1))]);
        Assert.Equal(400, replies.Count(reply => reply.Verdict is ClaimVerdict.Done));
        Assert.Equal(Enumerable.Range(0, 400), replies.Where(reply => reply.Verdict is ClaimVerdict.Done).Select(reply => reply.Number));
        Assert.All(replies[400..], reply => Assert.Equal(ClaimVerdict.SoldOut, reply.Verdict));
        Assert.Equal(400, (await _actor.ReadClaimantsAsync(new ClaimantsRequest(0))).Hashes.Count);
    }

    [Fact]
    public async Task A_turn_that_cannot_be_saved_has_not_happened()
    {
        await GoLiveAsync(units: 1);
        _harness.Store.FailNextSave = new InvalidOperationException("The store is away.");
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(new OpenClaim("ann", "k", 1)));
        Assert.Equal(ClaimVerdict.Done, (await RunAsync(new OpenClaim("bob", "k", 1)))[0].Verdict);
        Assert.Equal(ClaimVerdict.SoldOut, (await RunAsync(new OpenClaim("ann", "k", 1)))[0].Verdict);
    }

    [Fact]
    public async Task A_sale_lives_by_its_reminder()
    {
        await RunAsync(new DraftSale(Some.Terms()));
        Assert.DoesNotContain("clock", _harness.Timers.Reminders.Keys);
        await RunAsync(new ScheduleSale());
        // First it looks whether stock has answered, then it waits for the start.
        _time.Advance(TimeSpan.FromSeconds(11));
        await TickAsync();
        Assert.InRange(_harness.Timers.Reminders["clock"].DueTime, TimeSpan.FromMinutes(59), TimeSpan.FromHours(1));
        Assert.Equal(ClaimVerdict.NotStarted, (await RunAsync(new OpenClaim("ann", "k", 1)))[0].Verdict);

        _time.Advance(TimeSpan.FromHours(1.01));
        await TickAsync();
        Assert.Equal(FlashSaleStatus.Live, await StatusAsync());
        await RunAsync(new OpenClaim("ann", "k", 1));
        Assert.InRange(_harness.Timers.Reminders["clock"].DueTime, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(61));

        _time.Advance(TimeSpan.FromHours(1));
        await TickAsync();
        Assert.Equal(FlashSaleStatus.Ended, await StatusAsync());
        Assert.Equal(["set aside", "returned"], _stock.Calls);
        Assert.DoesNotContain("clock", _harness.Timers.Reminders.Keys);
        Assert.Equal(ClaimVerdict.Ended, (await RunAsync(new OpenClaim("bob", "k", 1)))[0].Verdict);
        Assert.Equal(ClaimStatus.Released, (await RunAsync(new OpenClaim("ann", "k", 1)))[0].Claim!.Status);
    }

    [Fact]
    public async Task Expired_units_are_for_sale_again_whether_the_reminder_came_or_not()
    {
        await GoLiveAsync(units: 1);
        await RunAsync(new OpenClaim("ann", "k", 1));
        Assert.Equal(ClaimVerdict.SoldOut, (await RunAsync(new OpenClaim("bob", "k", 1)))[0].Verdict);
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(ClaimVerdict.Done, (await RunAsync(new OpenClaim("bob", "k", 1)))[0].Verdict);
    }

    [Fact]
    public async Task A_sale_ends_early_when_every_unit_is_paid_for()
    {
        await GoLiveAsync(units: 2);
        await RunAsync(new OpenClaim("ann", "k", 1), new OpenClaim("bob", "k", 1));
        await RunAsync(new HandOverClaim(0, "o1", "ann"), new HandOverClaim(1, "o2", "bob"), new SettleClaim(0, "o1", Paid: true));
        Assert.Equal(FlashSaleStatus.Live, await StatusAsync());
        await RunAsync(new SettleClaim(1, "o2", Paid: true));
        var sale = (await RunAsync(new ReadSale()))[0].Sale!;
        Assert.Equal((FlashSaleStatus.Ended, "sold_out", 0, 2), (sale.Sale.Status, sale.Sale.Reason, sale.Left, sale.Paid));
        Assert.Equal(["set aside", "returned"], _stock.Calls);
    }

    [Fact]
    public async Task Units_stay_set_aside_while_an_order_may_need_them()
    {
        await GoLiveAsync(units: 2);
        await RunAsync(new OpenClaim("ann", "k", 1));
        await RunAsync(new HandOverClaim(0, "o1", "ann"), new EndSale());
        Assert.Equal(["set aside"], _stock.Calls);
        await RunAsync(new SettleClaim(0, "o1", Paid: false));
        Assert.Equal(["set aside", "returned"], _stock.Calls);
    }

    [Fact]
    public async Task Stock_that_does_not_answer_is_asked_again()
    {
        await RunAsync(new DraftSale(Some.Terms()));
        _stock.IsAway = true;
        Assert.Equal(FlashSaleStatus.Scheduling, (await RunAsync(new ScheduleSale()))[0].Sale!.Sale.Status);
        _actor = _harness.Activate();
        _stock.IsAway = false;
        await TickAsync();
        Assert.Equal(FlashSaleStatus.Scheduled, await StatusAsync());
    }

    [Fact]
    public async Task Without_enough_stock_nothing_is_scheduled()
    {
        await RunAsync(new DraftSale(Some.Terms()));
        _stock.HasEnough = false;
        var sale = (await RunAsync(new ScheduleSale()))[0].Sale!.Sale;
        Assert.Equal((FlashSaleStatus.Draft, "out_of_stock"), (sale.Status, sale.Reason));
        _stock.HasEnough = true;
        Assert.Equal(FlashSaleStatus.Scheduled, (await RunAsync(new ScheduleSale()))[0].Sale!.Sale.Status);
    }

    [Fact]
    public async Task Terms_are_frozen()
    {
        await RunAsync(new DraftSale(Some.Terms()));
        Assert.Equal(ClaimVerdict.Done, (await RunAsync(new DraftSale(Some.Terms())))[0].Verdict);
        Assert.Equal(ClaimVerdict.OtherTerms, (await RunAsync(new DraftSale(Some.Terms(units: 11))))[0].Verdict);
        Assert.Equal(ClaimVerdict.Unknown, (await RunAsync(new ReadClaim(0, "ann")))[0].Verdict);
    }

    [Fact]
    public async Task Every_change_is_told_with_growing_versions()
    {
        await GoLiveAsync(units: 3);
        await RunAsync(new OpenClaim("ann", "k", 1));
        await RunAsync(new OpenClaim("ann", "k", 1), new ReadSale());
        await RunAsync(new OpenClaim("bob", "k", 1));
        Assert.Equal([3, 3, 3, 2, 1], _publisher.Published.Select(told => told.Data.GetProperty("unitsLeft").GetInt32()).TakeLast(5));
        var versions = _publisher.Published.Select(told => told.Data.GetProperty("version").GetInt64()).ToList();
        Assert.Equal(versions.Distinct().Order(), versions);
        Assert.All(_publisher.Published, told => Assert.Equal(("promotions", "promotion.flash_sale_changed.v1", "autumn"), (told.Topic, told.Type, told.Key)));
    }

    private async Task GoLiveAsync(int units)
    {
        await RunAsync(new DraftSale(Some.Terms(units)));
        await RunAsync(new ScheduleSale());
        _time.Advance(TimeSpan.FromHours(1));
        await RunAsync(new ReadSale());
    }

    private async Task<FlashSaleStatus> StatusAsync() => (await RunAsync(new ReadSale()))[0].Sale!.Sale.Status;

    private async Task<FlashSaleReply[]> RunAsync(params FlashSaleCommand[] batch)
    {
        var replies = await _actor.ExecuteAsync(batch);
        await _actor.WhenPublishedAsync();
        return replies;
    }

    private Task TickAsync() => _actor.ReceiveReminderAsync("clock", [], TimeSpan.Zero, TimeSpan.Zero);

    private sealed class FakeFence : IStockFence
    {
        public List<string> Calls { get; } = [];

        public bool HasEnough { get; set; } = true;

        public bool IsAway { get; set; }

        public Task<bool> SetAsideAsync(FlashSaleTerms terms, DateTimeOffset now, CancellationToken cancellationToken)
        {
            if (IsAway)
                throw new RpcException(new Status(StatusCode.Unavailable, "planned by the test"));
            Calls.Add("set aside");
            return Task.FromResult(HasEnough);
        }

        public Task ReturnAsync(FlashSaleTerms terms, CancellationToken cancellationToken)
        {
            Calls.Add("returned");
            return Task.CompletedTask;
        }
    }
}
