using System.Diagnostics;

namespace NexusCart.Tests.Chaos.Blocks;

/// <summary>Waits for what happens some time after an acknowledgement.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Waits until this is so.</summary>
    public static async Task TrueAsync(Func<Task<bool>> isSo, string otherwise)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            if (Stopwatch.GetElapsedTime(started) > Limit)
                Assert.Fail(otherwise);
            await Task.Delay(20);
        }
    }

    /// <summary>Waits until this has happened for each number.</summary>
    public static async Task AllAsync(IReadOnlyCollection<int> numbers, Func<int, bool> happened, string otherwise)
    {
        var started = Stopwatch.GetTimestamp();
        while (numbers.Any(number => !happened(number)))
        {
            if (Stopwatch.GetElapsedTime(started) > Limit)
                Assert.Fail($"{otherwise}: {string.Join(", ", numbers.Where(number => !happened(number)).Take(20))}");
            await Task.Delay(20);
        }
    }
}
