using System.Globalization;

namespace NexusCart.Tests.Chaos;

/// <summary>
/// How often each kind of kill is repeated: <c>NEXUSCART_CHAOS_ROUNDS</c>, once when it is not set. Each round kills at a random point
/// of its own, drawn from <c>NEXUSCART_CHAOS_SEED</c> or from a seed that the output names.
/// </summary>
public static class Rounds
{
    private static readonly int Seed = Number("NEXUSCART_CHAOS_SEED") ?? Random.Shared.Next();

    /// <summary>The rounds, in their order.</summary>
    public static IEnumerable<Round> All => Enumerable.Range(1, Number("NEXUSCART_CHAOS_ROUNDS") ?? 1).Select(number => new Round(number, Seed));

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}

/// <summary>One round.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Seed">What all its chances derive from.</param>
public sealed record Round(int Number, int Seed)
{
    /// <summary>The round's own chances.</summary>
    public Random Random { get; } = new(unchecked((int)((uint)(Seed + Number) * GoldenRatio)));

    // Neighbouring seeds give neighbouring chances; 2^32 / φ scatters them (Knuth, The Art of Computer Programming, 6.4).
    private const uint GoldenRatio = 2_654_435_769;

    /// <inheritdoc/>
    public override string ToString() => $"round {Number} (seed {Seed})";
}
