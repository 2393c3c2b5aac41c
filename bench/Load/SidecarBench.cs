namespace NexusCart.Bench.Load;

/// <summary>One thing a client asks of a sidecar, again and again.</summary>
/// <param name="Name">What its rows are called.</param>
/// <param name="AimPerSecond">What two undisturbed cores should manage, the load generator included.</param>
/// <param name="Request">Asks for the n-th time; false or an exception counts as failed.</param>
public sealed record Operation(string Name, double AimPerSecond, Func<int, CancellationToken, Task<bool>> Request);

/// <summary>How much load, and for how long.</summary>
/// <param name="Count">Operations of each measured run.</param>
/// <param name="InFlight">Operations under way at once in the first run.</param>
public sealed record LoadPlan(int Count, int InFlight);

/// <summary>
/// Measures an operation the same way everywhere: a warm-up, then as many as fit with a number in flight, then half of the aim (of
/// what was reached, where that is less) from an open-loop schedule, which is where latencies are worth reading.
/// </summary>
public sealed class SidecarBench(BenchSidecar sidecar, AppProcess? app, LoadPlan plan)
{
    // What the tiered compiler needs to settle: it recompiles hot methods with what it has seen of them.
    private const int WarmUpShare = 1;

    /// <summary>Measures.</summary>
    public async Task<IReadOnlyList<LoadResult>> MeasureAsync(Operation operation, CancellationToken cancellation)
    {
        await OpenLoop.SaturateAsync("warm-up", plan.InFlight, plan.Count / WarmUpShare, operation.Request, cancellation);
        var full = await CpuMeter.MeasureAsync(sidecar, app, () =>
            OpenLoop.SaturateAsync($"{operation.Name}, {plan.InFlight} in flight", plan.InFlight, plan.Count, operation.Request, cancellation));
        var half = await CpuMeter.MeasureAsync(sidecar, app, () =>
            OpenLoop.RunAsync($"{operation.Name} at half of the aim", Math.Min(operation.AimPerSecond, full.DonePerSecond) / 2, plan.Count / 2, operation.Request, cancellation));
        return [full, half];
    }
}
