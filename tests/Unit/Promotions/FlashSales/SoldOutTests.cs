using Microsoft.Extensions.Logging.Abstractions;
using NexusCart.Platform.Actors;
using NexusCart.Promotions.Actors;
using NexusCart.Promotions.Api;
using NexusCart.Promotions.Domain.FlashSales;

namespace NexusCart.Tests.Unit.Promotions.FlashSales;

/// <summary>What a replica knows by itself: 'sold out' costs the sale nothing, and who has a claim is led to it all the same.</summary>
public class SoldOutTests
{
    private static readonly FlashSale Live = new FlashSale(Some.Terms()).Schedule().Confirm().Advance(Some.Terms().StartsAt, isSoldOut: false);
    private static readonly DateTimeOffset Now = Live.Terms.StartsAt.AddMinutes(1);
    private readonly List<string> _claimants = ["ann", "bob"];
    private readonly FlashSaleSign _sign;
    private int _reads;

    public SoldOutTests() => _sign = new FlashSaleSign(
        View(version: 1, left: 10), new KnownClaimants(ReadAsync, NullLogger.Instance));

    [Fact]
    public async Task Thousands_are_told_sold_out_for_one_read_of_who_has_claims()
    {
        Assert.Null(_sign.Refusal("eve", Now));
        _sign.Hear(View(version: 2, left: 0), Now);
        await EventuallyAsync(() => _sign.Refusal("eve", Now) is ClaimVerdict.SoldOut);
        for (var i = 0; i < 5_000; i++)
            Assert.Equal(ClaimVerdict.SoldOut, _sign.Refusal($"customer-{i}", Now));
        Assert.Null(_sign.Refusal("ann", Now));
        Assert.Equal(1, _reads);

        // Somebody pays: nothing comes back by that.
        _sign.Hear(View(version: 3, left: 0), Now);
        Assert.Equal(ClaimVerdict.SoldOut, _sign.Refusal("eve", Now));
        Assert.Equal(1, _reads);
    }

    [Fact]
    public async Task A_unit_that_came_back_is_asked_for_and_its_new_owner_is_known_afterwards()
    {
        _sign.Hear(View(version: 2, left: 0), Now);
        await EventuallyAsync(() => _sign.Refusal("eve", Now) is ClaimVerdict.SoldOut);
        _sign.Hear(View(version: 3, left: 1), Now);
        Assert.Null(_sign.Refusal("eve", Now));

        _claimants.Add("eve");
        _sign.Hear(View(version: 4, left: 0), Now);
        await EventuallyAsync(() => _sign.Refusal("zoe", Now) is ClaimVerdict.SoldOut);
        Assert.Null(_sign.Refusal("eve", Now));
        Assert.Equal(2, _reads);
    }

    [Fact]
    public async Task Whoever_missed_a_step_finds_out_what_happened_in_it()
    {
        _sign.Hear(View(version: 2, left: 0), Now);
        await EventuallyAsync(() => _sign.Refusal("eve", Now) is ClaimVerdict.SoldOut);
        // Versions 3 and 4 got lost: a unit came back, and Eve got it.
        _claimants.Add("eve");
        _sign.Hear(View(version: 5, left: 0), Now);
        Assert.Null(_sign.Refusal("eve", Now));
        await EventuallyAsync(() => _sign.Refusal("zoe", Now) is ClaimVerdict.SoldOut);
        Assert.Null(_sign.Refusal("eve", Now));
    }

    [Fact]
    public async Task After_the_end_claims_are_still_found()
    {
        _sign.Hear(View(version: 2, left: 3) with { Sale = Live.End(FlashSaleReasons.TimeOver) }, Now);
        await EventuallyAsync(() => _sign.Refusal("eve", Now) is ClaimVerdict.Ended);
        Assert.Null(_sign.Refusal("bob", Now));
    }

    [Fact]
    public void Before_the_start_nobody_is_asked()
    {
        var waiting = new FlashSaleSign(
            new FlashSaleView(new FlashSale(Some.Terms()).Schedule().Confirm(), 10, 0, 1), new KnownClaimants(ReadAsync, NullLogger.Instance));
        Assert.Equal(ClaimVerdict.NotStarted, waiting.Refusal("ann", Live.Terms.StartsAt.AddTicks(-1)));
        // From then on the sale knows better than what was heard of it.
        Assert.Null(waiting.Refusal("ann", Live.Terms.StartsAt));
        Assert.Equal(0, _reads);
    }

    [Fact]
    public void Older_news_change_nothing_and_one_caller_at_a_time_asks_for_newer()
    {
        _sign.Hear(View(version: 7, left: 4), Now);
        _sign.Hear(View(version: 6, left: 5), Now);
        Assert.Equal((4, 7L), (_sign.View.Left, _sign.View.Version));
        var age = TimeSpan.FromSeconds(5);
        Assert.False(_sign.TakeRefresh(Now, age));
        Assert.True(_sign.TakeRefresh(Now.AddSeconds(6), age));
        Assert.False(_sign.TakeRefresh(Now.AddSeconds(6), age));
    }

    private static FlashSaleView View(long version, int left) => new(Live, left, 0, version);

    private Task<ClaimantsPage> ReadAsync(int from)
    {
        Interlocked.Increment(ref _reads);
        return Task.FromResult(new ClaimantsPage([.. _claimants.Skip(from).Select(customer => StableHash.Of(customer))], _claimants.Count, IsLast: true));
    }

    private static async Task EventuallyAsync(Func<bool> holds)
    {
        for (var started = System.Diagnostics.Stopwatch.GetTimestamp(); !holds();)
        {
            Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30), "Not seen in time.");
            await Task.Delay(5);
        }
    }
}
