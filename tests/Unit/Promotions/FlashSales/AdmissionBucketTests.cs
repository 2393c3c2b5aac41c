using CsCheck;
using NexusCart.Promotions.Domain.FlashSales;

namespace NexusCart.Tests.Unit.Promotions.FlashSales;

public class AdmissionBucketTests
{
    [Fact]
    public void In_any_span_no_more_turns_begin_than_burst_and_rate_allow_and_in_the_order_of_asking() =>
        Gen.Select(Gen.Int[1, 1_000], Gen.Int[1, 50], Gen.Int[0, 200].List[1, 200]).Sample((rate, burst, gaps) =>
        {
            var bucket = new AdmissionBucket(rate, burst, Some.Now);
            var now = Some.Now - TimeSpan.FromMilliseconds(300);
            var turns = new List<DateTimeOffset>();
            foreach (var gap in gaps)
            {
                now += TimeSpan.FromMilliseconds(gap % 7 == 0 ? 0 : gap);
                var turn = bucket.Next(now);
                Assert.True(turn >= now && turn >= Some.Now);
                Assert.True(turns.Count == 0 || turn >= turns[^1]);
                turns.Add(turn);
            }

            for (var first = 0; first < turns.Count; first++)
            {
                for (var last = first; last < turns.Count; last++)
                {
                    // A ten-millionth of a second of rounding for each turn.
                    var span = (turns[last] - turns[first]).TotalSeconds + ((last - first) * 1e-7);
                    Assert.True(last - first + 1 <= burst + (rate * span * 1.001) + 0.001, $"{last - first + 1} turns in {span} s at {rate}/s, burst {burst}");
                }
            }
        });

    [Fact]
    public void Who_comes_while_nobody_waits_waits_for_nothing()
    {
        var bucket = new AdmissionBucket(perSecond: 10, burst: 2, Some.Now);
        Assert.Equal(Some.Now, bucket.Next(Some.Now));
        Assert.Equal(Some.Now, bucket.Next(Some.Now));
        Assert.Equal(Some.Now.AddMilliseconds(100), bucket.Next(Some.Now));
        Assert.Equal(Some.Now.AddMilliseconds(200), bucket.Next(Some.Now));
        Assert.Equal(Some.Now.AddSeconds(9), bucket.Next(Some.Now.AddSeconds(9)));
    }

    [Fact]
    public void Who_comes_before_the_start_queues_for_it()
    {
        var bucket = new AdmissionBucket(perSecond: 1, burst: 1, Some.Now);
        Assert.Equal(Some.Now, bucket.Next(Some.Now.AddHours(-1)));
        Assert.Equal(Some.Now.AddSeconds(1), bucket.Next(Some.Now.AddHours(-1)));
    }

    [Fact]
    public void Each_place_is_given_once_however_many_ask_at_once()
    {
        var bucket = new AdmissionBucket(perSecond: 1_000, burst: 1, Some.Now);
        var turns = new DateTimeOffset[2_000];
        Parallel.For(0, turns.Length, i => turns[i] = bucket.Next(Some.Now));
        Assert.Equal(turns.Length, turns.Distinct().Count());
        Assert.Equal(Some.Now.AddMilliseconds(turns.Length - 1), turns.Max());
    }
}
