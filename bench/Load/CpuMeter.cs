using System.Diagnostics;

namespace NexusCart.Bench.Load;

/// <summary>CPU time, user and system, per request: what stays comparable when other programs load the machine.</summary>
/// <param name="SidecarMicroseconds">Of the sidecar's process.</param>
/// <param name="BenchMicroseconds">Of the bench's: the generator, and whatever apps it hosts.</param>
public sealed record CpuCost(double SidecarMicroseconds, double BenchMicroseconds);

/// <summary>Measures what a load run costs.</summary>
public static class CpuMeter
{
    /// <summary>Runs a load and adds to its result what each request cost.</summary>
    public static async Task<LoadResult> MeasureAsync(BenchSidecar sidecar, Func<Task<LoadResult>> run)
    {
        var (sidecarBefore, benchBefore) = (sidecar.CpuTime, OwnTime());
        var result = await run();
        var requests = result.Done + result.Failed;
        return result with
        {
            Cpu = new CpuCost(
                (sidecar.CpuTime - sidecarBefore).TotalMicroseconds / requests,
                (OwnTime() - benchBefore).TotalMicroseconds / requests),
        };
    }

    private static TimeSpan OwnTime()
    {
        using var own = Process.GetCurrentProcess();
        return own.TotalProcessorTime;
    }
}
