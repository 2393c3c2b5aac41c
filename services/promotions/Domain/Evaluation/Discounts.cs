namespace NexusCart.Promotions.Domain.Evaluation;

/// <summary>
/// What is left to pay while promotions are applied one after another, and what a reward takes off it. Amounts are minor units; a reward
/// never takes more than is left, so nothing falls below zero.
/// </summary>
/// <remarks>
/// Rounding: a percentage is taken of the sum of the selected lines and rounded once, half a unit up (<see cref="Allocation.Part"/>), then
/// shared out to the lines exactly (<see cref="Allocation.Share"/>). Given units are rounded line by line.
/// </remarks>
internal sealed class Discounts
{
    private readonly Basket _basket;
    private readonly long[] _left;
    private readonly long[] _weights;
    private readonly long[] _shares;
    private long _shippingLeft;

    public Discounts(Basket basket)
    {
        _basket = basket;
        _left = [.. basket.Lines.Select(line => line.Total)];
        _weights = new long[_left.Length];
        _shares = new long[_left.Length];
        _shippingLeft = basket.Shipping;
    }

    /// <summary>What a reward would take off now.</summary>
    public long AmountOf(CompiledPromotion promotion, LineSet lines) => promotion.Promotion.Reward switch
    {
        PercentageReward reward => Bounded(Allocation.Part(LeftOf(lines), reward.BasisPoints), reward.MostMinorUnits),
        FixedReward reward => Math.Min(reward.MinorUnits, LeftOf(lines)),
        FreeShippingReward reward => Bounded(_shippingLeft, reward.MostMinorUnits),
        BuyGetReward reward => Give(reward, lines, promotion.Given),
        TieredReward reward => TierOf(reward, lines) is { } tier
            ? tier.BasisPoints > 0 ? Allocation.Part(LeftOf(lines), tier.BasisPoints) : Math.Min(tier.MinorUnits, LeftOf(lines))
            : 0,
        var other => throw new NotSupportedException($"{other.GetType().Name} is no reward."),
    };

    /// <summary>Takes a reward off and says what it took of each line and of the shipping.</summary>
    public (long[] Lines, long Shipping) Take(CompiledPromotion promotion, LineSet lines)
    {
        var amount = AmountOf(promotion, lines);
        if (promotion.Promotion.Reward is FreeShippingReward)
        {
            _shippingLeft -= amount;
            return (new long[_left.Length], amount);
        }

        // Given units have left their shares behind already.
        if (promotion.Promotion.Reward is not BuyGetReward)
        {
            Array.Clear(_weights);
            foreach (var line in lines)
                _weights[line] = _left[line];
            Allocation.Share(amount, _weights, _shares);
        }

        var taken = _shares.ToArray();
        for (var line = 0; line < taken.Length; line++)
            _left[line] -= taken[line];
        return (taken, 0);
    }

    /// <summary>What lines are worth before any discount.</summary>
    public long WorthOf(LineSet lines)
    {
        long sum = 0;
        foreach (var line in lines)
            sum = checked(sum + _basket.Lines[line].Total);
        return sum;
    }

    /// <summary>How many units lines have.</summary>
    public long UnitsOf(LineSet lines)
    {
        long sum = 0;
        foreach (var line in lines)
            sum += _basket.Lines[line].Quantity;
        return sum;
    }

    /// <summary>The tier that is reached; null for none.</summary>
    public Tier? TierOf(TieredReward reward, LineSet lines)
    {
        var measure = reward.By is TierMeasure.Spend ? WorthOf(lines) : UnitsOf(lines);
        return reward.Tiers.LastOrDefault(tier => tier.From <= measure);
    }

    /// <summary>How many units are given.</summary>
    public long GivenUnits(BuyGetReward reward, LineSet lines, CompiledSelection? given)
    {
        var from = given?.Match(_basket.Lines) ?? lines;
        var bought = UnitsOf(lines);
        var giveable = UnitsOf(from);
        var both = lines;
        foreach (var line in lines)
        {
            if (!from.Contains(line))
                both.Remove(line);
        }

        // Units that can only be bought are bought first. Each further time takes `Buy` units that could have been given.
        var onlyBought = bought - UnitsOf(both);
        var most = Math.Min(bought / reward.Buy, reward.MostTimes ?? long.MaxValue);
        var best = Math.Min(most, (giveable + onlyBought) / (reward.Buy + reward.Get));
        return Math.Max(Given(best), Given(Math.Min(most, best + 1)));

        long Given(long times) => Math.Max(0, Math.Min(times * reward.Get, giveable - Math.Max(0, (times * reward.Buy) - onlyBought)));
    }

    /// <summary>The cheapest units are given; leaves the share of each line behind.</summary>
    private long Give(BuyGetReward reward, LineSet lines, CompiledSelection? given)
    {
        Array.Clear(_shares);
        var units = GivenUnits(reward, lines, given);
        var from = new List<int>();
        foreach (var line in given?.Match(_basket.Lines) ?? lines)
            from.Add(line);
        long sum = 0;
        foreach (var line in from.OrderBy(line => _basket.Lines[line].UnitPrice))
        {
            var ofLine = Math.Min(units, _basket.Lines[line].Quantity);
            if (ofLine == 0)
                break;
            units -= ofLine;
            _shares[line] = Allocation.Part(Allocation.Fraction(_left[line], ofLine, _basket.Lines[line].Quantity), reward.BasisPoints);
            sum += _shares[line];
        }

        return sum;
    }

    private long LeftOf(LineSet lines)
    {
        long sum = 0;
        foreach (var line in lines)
            sum = checked(sum + _left[line]);
        return sum;
    }

    private static long Bounded(long amount, long? most) => most is { } bound ? Math.Min(amount, bound) : amount;
}
