using System.Diagnostics;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.Chaos.Mixed;

/// <summary>Kills one program of the shop after the other while it is used: <c>kill -9</c>, drawn from a seed.</summary>
/// <param name="shop">The shop.</param>
/// <param name="victims">Programs of it, and <see cref="Sidecars"/>.</param>
/// <param name="tally">Where kills are counted.</param>
/// <param name="random">The chances.</param>
/// <param name="log">Where each kill is told.</param>
internal sealed class Killer(RunningShop shop, IReadOnlyList<string> victims, Tally tally, Random random, Action<string> log)
{
    /// <summary>Stands for the runner, which is the sidecars of all.</summary>
    public const string Sidecars = "sidecars";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    /// <summary>Whoever keeps books, and the sidecars.</summary>
    public static IReadOnlyList<string> Bookkeepers { get; } = ["orders", "inventory", "payments", "promotions", "carts", Sidecars];

    /// <summary>Kills every 20 seconds, or as soon as the shop is up again where that takes longer; at least once.</summary>
    /// <param name="duration">For how long. The last kill comes a pause before the end, so that it meets a shop that is used.</param>
    public async Task WorkAsync(TimeSpan duration)
    {
        var started = Stopwatch.GetTimestamp();
        var pause = TimeSpan.FromTicks(Math.Min(Pause.Ticks, duration.Ticks / 3));
        do
        {
            await Task.Delay(pause);
            var victim = victims[random.Next(victims.Count)];
            var killed = Stopwatch.GetTimestamp();
            await KillAsync(victim);
            tally.Add($"killed: {victim}");
            log($"{Stopwatch.GetElapsedTime(started).TotalSeconds:0} s: {victim} was killed, up again after {Stopwatch.GetElapsedTime(killed).TotalSeconds:0.0} s");
        }
        while (Stopwatch.GetElapsedTime(started) + pause + pause < duration);
    }

    private async Task KillAsync(string victim)
    {
        if (victim == Sidecars)
        {
            await shop.KillSidecarsAsync();
            await shop.StartAgainAsync();
            return;
        }

        await shop.KillAppAsync(victim);
        await shop.WaitUntilReadyAsync();
    }
}
