using NexusCart.Sidecar.Resources;
using Prometheus;

namespace NexusCart.Sidecar.Metrics;

/// <summary>
/// Makes the metrics of one sidecar. Each carries the app id; a series exists from its first value on, as in Dapr.
/// </summary>
internal sealed class Instruments
{
    // Milliseconds and bytes, as documented for Dapr.
    private static readonly double[] DefaultLatencies =
    [
        1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 30, 40, 50, 65, 80, 100, 130, 160, 200, 250, 300, 400, 500, 650, 800,
        1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000,
    ];

    private static readonly double[] Sizes =
    [
        1 << 10, 2 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20, 64 << 20, 256 << 20, 1 << 30, 4L << 30,
    ];

    private readonly MetricFactory _factory;
    private readonly LabelRules _rules;
    private readonly double[] _latencies;
    private readonly double[] _workflowLatencies;

    /// <exception cref="ResourceException">A rule cannot be used.</exception>
    public Instruments(string appId, MetricsSpec spec)
    {
        Registry = Prometheus.Metrics.NewCustomRegistry();
        _factory = (MetricFactory)Prometheus.Metrics.WithCustomRegistry(Registry).WithLabels(new Dictionary<string, string> { ["app_id"] = appId });
        // By default the library looks for a trace on every value, to show one beside it.
        _factory.ExemplarBehavior = ExemplarBehavior.NoExemplars();
        _rules = new LabelRules(spec.Rules);
        _latencies = spec.LatencyBuckets is { Count: > 0 } given ? [.. given] : DefaultLatencies;
        _workflowLatencies = spec.WorkflowLatencyBuckets is { Count: > 0 } own ? [.. own] : _latencies;
    }

    /// <summary>Where all of them are.</summary>
    public CollectorRegistry Registry { get; }

    /// <summary>A count that only grows.</summary>
    public Family<Counter.Child> Counter(string name, string help, params string[] labels) =>
        Of(name, labels, _factory.CreateCounter(name, help, labels, new CounterConfiguration { SuppressInitialValue = true }));

    /// <summary>A value that goes up and down.</summary>
    public Family<Gauge.Child> Gauge(string name, string help, params string[] labels) =>
        Of(name, labels, _factory.CreateGauge(name, help, labels, new GaugeConfiguration { SuppressInitialValue = true }));

    /// <summary>A distribution of times, in milliseconds.</summary>
    public Family<Histogram.Child> Latency(string name, string help, params string[] labels) => Histogram(name, help, labels, _latencies);

    /// <summary>A distribution of how long workflows or activities take, in milliseconds.</summary>
    public Family<Histogram.Child> WorkflowLatency(string name, string help, params string[] labels) => Histogram(name, help, labels, _workflowLatencies);

    /// <summary>A distribution of sizes, in bytes.</summary>
    public Family<Histogram.Child> Size(string name, string help, params string[] labels) => Histogram(name, help, labels, Sizes);

    private Family<Histogram.Child> Histogram(string name, string help, string[] labels, double[] buckets) =>
        Of(name, labels, _factory.CreateHistogram(name, help, labels, new HistogramConfiguration { SuppressInitialValue = true, Buckets = buckets }));

    private Family<TChild> Of<TChild>(string name, string[] labels, Collector<TChild> collector)
        where TChild : ChildBase => new(name, labels, collector, _rules);
}

/// <summary>A metric with all its series.</summary>
internal sealed class Family<TChild>(string name, string[] labels, Collector<TChild> collector, LabelRules rules)
    where TChild : ChildBase
{
    /// <summary>The series with these values of the labels, in the labels' order. Costs a look-up and allocates: keep what it answers.</summary>
    public TChild Of(params string[] values)
    {
        for (var i = 0; i < values.Length; i++)
            values[i] = rules.Apply(name, labels[i], values[i]);
        return collector.WithLabels(values);
    }
}
