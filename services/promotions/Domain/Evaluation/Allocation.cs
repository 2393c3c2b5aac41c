namespace NexusCart.Promotions.Domain.Evaluation;

/// <summary>Sharing out money to the last minor unit.</summary>
public static class Allocation
{
    private const int Whole = 10_000;

    /// <summary>
    /// Shares an amount out in proportion to weights by the method of the largest remainder (Hamilton): everybody gets the whole part of
    /// his share, and what is left goes, one minor unit each, to the largest remainders, of equal ones to the first. The shares add up
    /// to the amount exactly, and none is above its weight.
    /// </summary>
    /// <param name="amount">0 to the sum of the weights.</param>
    /// <param name="weights">0 or more each.</param>
    /// <param name="shares">As many; overwritten.</param>
    /// <exception cref="ArgumentOutOfRangeException">The amount is negative or above the sum of the weights.</exception>
    public static void Share(long amount, ReadOnlySpan<long> weights, Span<long> shares)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        ArgumentOutOfRangeException.ThrowIfNotEqual(shares.Length, weights.Length, nameof(shares));
        long sum = 0;
        foreach (var weight in weights)
            sum = checked(sum + weight);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(amount, sum);
        shares.Clear();
        if (amount == 0)
            return;

        var left = amount;
        Span<long> remainders = weights.Length <= LineSet.Capacity ? stackalloc long[weights.Length] : new long[weights.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            (shares[i], remainders[i]) = Divide(amount, weights[i], sum);
            left -= shares[i];
        }

        for (; left > 0; left--)
        {
            var largest = 0;
            for (var i = 1; i < remainders.Length; i++)
            {
                if (remainders[i] > remainders[largest])
                    largest = i;
            }

            shares[largest]++;
            remainders[largest] = -1;
        }
    }

    /// <summary>A part of an amount, half a minor unit rounded up (commercial rounding).</summary>
    /// <param name="amount">0 or more.</param>
    /// <param name="basisPoints">0 to 10,000.</param>
    public static long Part(long amount, int basisPoints) => amount <= long.MaxValue / (2 * Whole) - 1
        ? ((amount * basisPoints * 2) + Whole) / (2 * Whole)
        : (long)((((Int128)amount * basisPoints * 2) + Whole) / (2 * Whole));

    /// <summary>A fraction of an amount, cut off to the minor unit.</summary>
    public static long Fraction(long amount, long numerator, long denominator) => Divide(amount, numerator, denominator).Quotient;

    private static (long Quotient, long Remainder) Divide(long amount, long weight, long sum)
    {
        // Products of what orders usually cost fit 64 bits; 128-bit division is many times slower.
        if (amount < int.MaxValue && weight < int.MaxValue)
            return Math.DivRem(amount * weight, sum);
        var product = (Int128)amount * weight;
        return ((long)(product / sum), (long)(product % sum));
    }
}
