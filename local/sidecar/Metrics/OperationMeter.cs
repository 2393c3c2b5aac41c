using System.Diagnostics;
using Prometheus;

namespace NexusCart.Sidecar.Metrics;

/// <summary>Counts and times one kind of operation, told apart by whether it succeeded.</summary>
/// <param name="create">Makes the series of an outcome.</param>
internal sealed class OperationSeries(Func<bool, (Counter.Child Count, Histogram.Child Latency)> create)
{
    private readonly Lazy<(Counter.Child Count, Histogram.Child Latency)> _succeeded = new(() => create(true));
    private readonly Lazy<(Counter.Child Count, Histogram.Child Latency)> _failed = new(() => create(false));

    /// <summary>Begins to measure an operation.</summary>
    public OperationMeter Begin() => new(this, Stopwatch.GetTimestamp());

    /// <summary>Notes an operation that has ended.</summary>
    /// <param name="success">How.</param>
    /// <param name="started">Timestamp of its begin.</param>
    public void Record(bool success, long started)
    {
        var (count, latency) = success ? _succeeded.Value : _failed.Value;
        count.Inc();
        latency.Observe(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }
}

/// <summary>An operation that is being measured.</summary>
internal readonly struct OperationMeter(OperationSeries series, long started)
{
    /// <summary>Notes its end.</summary>
    public void End(bool success) => series.Record(success, started);
}
