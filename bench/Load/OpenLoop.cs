using System.Diagnostics;
using Grpc.Core;
using HdrHistogram;

namespace NexusCart.Bench.Load;

/// <summary>What a load run measured. Times are in milliseconds.</summary>
public sealed record LoadResult(string Name, double OfferedPerSecond, double DonePerSecond, int Done, int Failed, double P50, double P99, double P999, double Max)
{
    /// <summary>What a request cost; null where nobody measured it.</summary>
    public CpuCost? Cpu { get; init; }
}

/// <summary>
/// An open-loop load generator: requests leave on a schedule that does not wait for answers, and each latency counts from the moment
/// the request was due. A server that stalls is charged for everybody it kept waiting (Tene, "How NOT to measure latency":
/// coordinated omission).
/// </summary>
public static class OpenLoop
{
    internal const long HighestMicroseconds = 120_000_000;

    /// <summary>Offers <paramref name="perSecond"/> requests a second.</summary>
    /// <param name="name">What the row is called.</param>
    /// <param name="perSecond">The rate.</param>
    /// <param name="count">How many requests in all.</param>
    /// <param name="request">Sends the n-th request; false or an exception counts as failed.</param>
    /// <param name="cancellation">Ends the run early.</param>
    public static async Task<LoadResult> RunAsync(
        string name, double perSecond, int count, Func<int, CancellationToken, Task<bool>> request, CancellationToken cancellation)
    {
        var histogram = new LongConcurrentHistogram(1, HighestMicroseconds, 3);
        var failed = 0;
        // A count, not a list of tasks: what is kept until the end makes every collection of garbage in between dearer.
        var (left, done) = (count, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var start = Stopwatch.GetTimestamp();
        // A thread of its own keeps the schedule: behind what else the pool has to do it would be late, and its own lateness charged to the server.
        await Task.Factory.StartNew(Schedule, cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await done.Task;
        return Summarise(name, perSecond, Stopwatch.GetElapsedTime(start), count, failed, histogram);

        void Schedule()
        {
            for (var i = 0; i < count; i++)
            {
                var due = TimeSpan.FromSeconds(i / perSecond);
                SleepUntil(start, due, cancellation);
                _ = OneAsync(i, due);
            }
        }

        async Task OneAsync(int index, TimeSpan due)
        {
            try
            {
                if (!await TryAsync(request, index, cancellation))
                    Interlocked.Increment(ref failed);
                histogram.RecordValue(Microseconds(Stopwatch.GetElapsedTime(start) - due));
                if (Interlocked.Decrement(ref left) == 0)
                    done.TrySetResult();
            }
#pragma warning disable CA1031 // Nobody awaits this task: whatever it is, the run must end with it.
            catch (Exception e)
#pragma warning restore CA1031
            {
                done.TrySetException(e);
            }
        }
    }

    /// <summary>Keeps <paramref name="inFlight"/> requests under way all the time: finds out how many a second are possible.</summary>
    public static async Task<LoadResult> SaturateAsync(
        string name, int inFlight, int count, Func<int, CancellationToken, Task<bool>> request, CancellationToken cancellation)
    {
        var histogram = new LongConcurrentHistogram(1, HighestMicroseconds, 3);
        var (failed, next) = (0, -1);
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(async _ =>
        {
            int index;
            while ((index = Interlocked.Increment(ref next)) < count)
            {
                var begun = Stopwatch.GetTimestamp();
                if (!await TryAsync(request, index, cancellation))
                    Interlocked.Increment(ref failed);
                histogram.RecordValue(Microseconds(Stopwatch.GetElapsedTime(begun)));
            }
        }));
        return Summarise(name, double.NaN, Stopwatch.GetElapsedTime(start), count, failed, histogram);
    }

    private static async Task<bool> TryAsync(Func<int, CancellationToken, Task<bool>> request, int index, CancellationToken cancellation)
    {
        try
        {
            return await request(index, cancellation);
        }
        catch (Exception e) when (e is HttpRequestException or RpcException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    // A wait is good to a millisecond or two; what is left after it is not worth a busy core on a machine that also serves.
    private static void SleepUntil(long start, TimeSpan due, CancellationToken cancellation)
    {
        var left = due - Stopwatch.GetElapsedTime(start);
        if (left > TimeSpan.FromMilliseconds(1))
            cancellation.WaitHandle.WaitOne(left);
        cancellation.ThrowIfCancellationRequested();
    }

    internal static long Microseconds(TimeSpan time) => Math.Clamp((long)time.TotalMicroseconds, 1, HighestMicroseconds);

    /// <summary>A row of what was recorded in microseconds.</summary>
    internal static LoadResult Summarise(string name, double offered, TimeSpan took, int count, int failed, HistogramBase histogram) => new(
        name,
        offered,
        count / took.TotalSeconds,
        count - failed,
        failed,
        histogram.GetValueAtPercentile(50) / 1000.0,
        histogram.GetValueAtPercentile(99) / 1000.0,
        histogram.GetValueAtPercentile(99.9) / 1000.0,
        histogram.GetMaxValue() / 1000.0);
}
