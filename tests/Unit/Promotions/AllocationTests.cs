using CsCheck;
using NexusCart.Promotions.Domain.Evaluation;

namespace NexusCart.Tests.Unit.Promotions;

/// <summary>A discount that is shared out to lines is neither more nor less afterwards.</summary>
public sealed class AllocationTests
{
    private static readonly Gen<long[]> Weights = Gen.Long[0, 2_000_000].Array[1, 60];
    private static readonly Gen<long[]> LargeWeights = Gen.Long[0, 1_000_000_000_000].Array[1, 60];

    [Fact]
    public void Shares_add_up_and_none_is_above_its_weight() =>
        (from weights in Gen.OneOf(Weights, LargeWeights) from part in Gen.Long[0, 10_000] select (weights, part)).Sample(drawn =>
        {
            var amount = (long)((Int128)drawn.weights.Sum() * drawn.part / 10_000);
            var shares = Share(amount, drawn.weights);
            return shares.Sum() == amount && shares.Zip(drawn.weights).All(pair => pair.First >= 0 && pair.First <= pair.Second);
        });

    [Fact]
    public void No_share_is_a_whole_unit_away_from_its_quota() =>
        (from weights in Weights.Where(weights => weights.Sum() > 0) from part in Gen.Long[0, 10_000] select (weights, part)).Sample(drawn =>
        {
            var sum = drawn.weights.Sum();
            var amount = sum * drawn.part / 10_000;
            return Share(amount, drawn.weights).Zip(drawn.weights)
                .All(pair => Math.Abs(((decimal)amount * pair.Second / sum) - pair.First) < 1);
        });

    [Fact]
    public void What_is_left_goes_to_the_largest_remainders_and_of_equal_ones_to_the_first()
    {
        Assert.Equal([34, 33, 33], Share(100, [1_000, 1_000, 1_000]));
        Assert.Equal([1, 0, 1], Share(2, [60, 10, 50]));
        Assert.Equal([0, 0, 5], Share(5, [0, 0, 5]));
    }

    [Fact]
    public void More_than_there_is_cannot_be_shared() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Share(101, [50, 50]));

    [Theory]
    [InlineData(999, 1_000, 100)] // 99.9
    [InlineData(5, 1_000, 1)] // 0.5: up
    [InlineData(4, 1_000, 0)] // 0.4
    [InlineData(1_000_000_000_000_000, 3_333, 333_300_000_000_000)]
    public void A_part_is_rounded_half_up(long amount, int basisPoints, long part) => Assert.Equal(part, Allocation.Part(amount, basisPoints));

    private static long[] Share(long amount, long[] weights)
    {
        var shares = new long[weights.Length];
        Allocation.Share(amount, weights, shares);
        return shares;
    }
}
