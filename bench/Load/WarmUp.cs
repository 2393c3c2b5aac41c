namespace NexusCart.Bench.Load;

/// <summary>
/// Load until the code is compiled for good: the compiler takes a third of the CPU time of the first ten thousand workflows. What tells
/// is the cost of each, which other programs on the machine hardly change.
/// </summary>
public static class WarmUp
{
    /// <summary>Operations of a round.</summary>
    public const int Round = 4_000;

    private const int MostRounds = 20;
    private const double Progress = 0.97;

    /// <summary>Repeats a round until two in a row have brought nothing.</summary>
    /// <param name="measure">Runs the n-th round, and says what it cost.</param>
    public static async Task SettleAsync(Func<int, Task<LoadResult>> measure)
    {
        var (least, idle) = (double.MaxValue, 0);
        for (var round = 0; round < MostRounds && idle < 2; round++)
        {
            var cpu = (await measure(round)).Cpu!;
            var cost = cpu.SidecarMicroseconds + cpu.BenchMicroseconds;
            idle = cost < least * Progress ? 0 : idle + 1;
            least = Math.Min(least, cost);
        }
    }
}
