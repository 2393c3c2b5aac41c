using System.Diagnostics;

namespace NexusCart.Bench.Load;

/// <summary>CPU time, user and system, per request: what stays comparable when other programs load the machine.</summary>
/// <param name="SidecarMicroseconds">Of the sidecar's process.</param>
/// <param name="BenchMicroseconds">Of the bench's: the generator, and whatever apps it hosts.</param>
/// <param name="AppMicroseconds">Of the app's, where it has a process of its own.</param>
public sealed record CpuCost(double SidecarMicroseconds, double BenchMicroseconds, double? AppMicroseconds);

/// <summary>Measures what a load run costs.</summary>
public static class CpuMeter
{
    /// <summary>Runs a load and adds to its result what each request cost.</summary>
    /// <param name="sidecar">The sidecar under load.</param>
    /// <param name="app">The app behind it; null when it has no process of its own.</param>
    /// <param name="run">The load.</param>
    public static async Task<LoadResult> MeasureAsync(BenchSidecar sidecar, AppProcess? app, Func<Task<LoadResult>> run)
    {
        var (sidecarBefore, benchBefore, appBefore) = (sidecar.CpuTime, OwnTime(), app?.CpuTime);
        var result = await run();
        var requests = result.Done + result.Failed;
        return result with
        {
            Cpu = new CpuCost(
                (sidecar.CpuTime - sidecarBefore).TotalMicroseconds / requests,
                (OwnTime() - benchBefore).TotalMicroseconds / requests,
                (app?.CpuTime - appBefore)?.TotalMicroseconds / requests),
        };
    }

    /// <summary>The same where the server is not a sidecar; its cost stands in the sidecar's place.</summary>
    public static async Task<LoadResult> MeasureAsync(AppProcess server, Func<Task<LoadResult>> run)
    {
        var (serverBefore, benchBefore) = (server.CpuTime, OwnTime());
        var result = await run();
        var requests = result.Done + result.Failed;
        return result with
        {
            Cpu = new CpuCost(
                (server.CpuTime - serverBefore).TotalMicroseconds / requests,
                (OwnTime() - benchBefore).TotalMicroseconds / requests,
                AppMicroseconds: null),
        };
    }

    /// <summary>The same where all that takes part runs in the bench.</summary>
    public static async Task<LoadResult> MeasureOwnAsync(Func<Task<LoadResult>> run)
    {
        var before = OwnTime();
        var result = await run();
        return result with { Cpu = new CpuCost(0, (OwnTime() - before).TotalMicroseconds / (result.Done + result.Failed), AppMicroseconds: null) };
    }

    private static TimeSpan OwnTime()
    {
        using var own = Process.GetCurrentProcess();
        return own.TotalProcessorTime;
    }
}
