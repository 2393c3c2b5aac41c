using System.Diagnostics;
using Prometheus;

namespace NexusCart.Sidecar.Metrics;

/// <summary>What goes through components, and jobs.</summary>
internal sealed class ComponentMetrics
{
    private const string Prefix = "dapr_component_";
    private const string Component = "component";
    private const string Namespace = "namespace";
    private const string Operation = "operation";
    private const string Success = "success";
    private const string Topic = "topic";

    private readonly string _namespace;
    private readonly SeriesCache<(string Component, string Operation), OperationSeries> _state;
    private readonly SeriesCache<(string Component, string Operation), OperationSeries> _configuration;
    private readonly SeriesCache<(string Component, string Operation), OperationSeries> _secrets;
    private readonly SeriesCache<(string Component, string Operation), OperationSeries> _outputBindings;
    private readonly SeriesCache<string, OperationSeries> _inputBindings;
    private readonly SeriesCache<(string Component, string Topic), OperationSeries> _publishes;
    private readonly SeriesCache<(string Component, string Topic), OperationSeries> _bulkPublishes;
    private readonly SeriesCache<(string Component, string Topic), Counter.Child> _bulkPublished;
    private readonly Family<Counter.Child> _ingress;
    private readonly Family<Histogram.Child> _ingressLatency;
    private readonly Family<Counter.Child> _bulkIngress;
    private readonly Family<Counter.Child> _bulkIngressEvents;
    private readonly Family<Histogram.Child> _bulkIngressLatency;

    public ComponentMetrics(Instruments instruments, string @namespace)
    {
        _namespace = @namespace;
        _state = Operations(instruments, "state", "state");
        _configuration = Operations(instruments, "configuration", "configuration");
        _secrets = Operations(instruments, "secret", "secret");
        _outputBindings = Bindings(instruments);
        _inputBindings = InputBindings(instruments);
        _publishes = Publishes(
            instruments, "pubsub_egress", "The number of outgoing messages published to the pub/sub component.", "The latency of the response from the pub/sub component.");
        _bulkPublishes = Publishes(
            instruments,
            "pubsub_egress_bulk",
            "The number of bulk publish calls to the pub/sub component.",
            "The latency of the response for the bulk publish call from the pub/sub component.");
        var published = instruments.Counter(
            Prefix + "pubsub_egress_bulk_event_count",
            "The number of outgoing messages to the pub/sub component published through bulk publish API.",
            Component, Namespace, Success, Topic);
        _bulkPublished = new(key => published.Of(key.Component, _namespace, "true", key.Topic));
        _ingress = instruments.Counter(
            Prefix + "pubsub_ingress_count", "The number of incoming messages arriving from the pub/sub component.",
            Component, Namespace, "process_status", "status", Topic);
        _ingressLatency = instruments.Latency(
            Prefix + "pubsub_ingress_latencies", "The consuming app event processing latency.", Component, Namespace, "process_status", "status", Topic);
        _bulkIngress = instruments.Counter(
            Prefix + "pubsub_ingress_bulk_count", "The number of incoming bulk subscribe calls arriving from the bulk pub/sub component.",
            Component, Namespace, "process_status", Topic);
        _bulkIngressEvents = instruments.Counter(
            Prefix + "pubsub_ingress_bulk_event_count",
            "Total number of incoming messages arriving from the bulk pub/sub component via Bulk Subscribe.",
            Component, Namespace, "process_status", Topic);
        _bulkIngressLatency = instruments.Latency(
            Prefix + "pubsub_ingress_bulk_latencies", "The consuming app event processing latency for the bulk pub/sub component.",
            Component, Namespace, "process_status", Topic);
        Jobs = new JobMetrics(instruments, @namespace);
    }

    /// <summary>Triggers of jobs.</summary>
    public JobMetrics Jobs { get; }

    /// <summary>Operations on a state store: get, set, delete, bulk_get, bulk_delete, transaction, query.</summary>
    public OperationSeries State(string store, string operation) => _state[(store, operation)];

    /// <summary>Operations on a configuration store: get, subscribe, unsubscribe.</summary>
    public OperationSeries Configuration(string store, string operation) => _configuration[(store, operation)];

    /// <summary>Operations on a secret store: get, bulk_get.</summary>
    public OperationSeries Secret(string store, string operation) => _secrets[(store, operation)];

    /// <summary>Operations of an output binding.</summary>
    public OperationSeries OutputBinding(string binding, string operation) => _outputBindings[(binding, operation)];

    /// <summary>Events of an input binding.</summary>
    public OperationSeries InputBinding(string binding) => _inputBindings[binding];

    /// <summary>Single publishes.</summary>
    public OperationSeries Publish(string pubSub, string topic) => _publishes[(pubSub, topic)];

    /// <summary>Notes a bulk publish.</summary>
    public void PublishedBulk(string pubSub, string topic, bool success, int published, long started)
    {
        _bulkPublishes[(pubSub, topic)].Record(success, started);
        if (published > 0)
            _bulkPublished[(pubSub, topic)].Inc(published);
    }

    /// <summary>Deliveries of a subscription.</summary>
    public DeliveryMetrics Delivery(string pubSub, string topic) => new(
        (status, outcome) =>
        {
            string[] Values() => [pubSub, _namespace, status, outcome, topic];
            return (_ingress.Of(Values()), _ingressLatency.Of(Values()));
        },
        () => (_bulkIngress.Of(pubSub, _namespace, "", topic), _bulkIngressLatency.Of(pubSub, _namespace, "", topic)),
        status => _bulkIngressEvents.Of(pubSub, _namespace, status, topic));

    private SeriesCache<(string Component, string Operation), OperationSeries> Operations(Instruments instruments, string block, string noun)
    {
        var count = instruments.Counter(
            $"{Prefix}{block}_count", $"The number of operations performed on the {noun} component.", Component, Namespace, Operation, Success);
        var latency = instruments.Latency(
            $"{Prefix}{block}_latencies", $"The latency of the response from the {noun} component.", Component, Namespace, Operation, Success);
        return Cache(count, latency);
    }

    private SeriesCache<(string Component, string Operation), OperationSeries> Bindings(Instruments instruments) => Cache(
        instruments.Counter(
            Prefix + "output_binding_count", "The number of operations invoked on the output binding component.", Component, Namespace, Operation, Success),
        instruments.Latency(
            Prefix + "output_binding_latencies", "The latency of the response from the output binding component.", Component, Namespace, Operation, Success));

    private SeriesCache<(string Component, string Operation), OperationSeries> Cache(Family<Counter.Child> count, Family<Histogram.Child> latency) =>
        new(key => new OperationSeries(success =>
        {
            string[] Values() => [key.Component, _namespace, key.Operation, Text(success)];
            return (count.Of(Values()), latency.Of(Values()));
        }));

    private SeriesCache<string, OperationSeries> InputBindings(Instruments instruments)
    {
        var count = instruments.Counter(
            Prefix + "input_binding_count", "The number of incoming events arriving from the input binding component.", Component, Namespace, Success);
        var latency = instruments.Latency(Prefix + "input_binding_latencies", "The triggered app event processing latency.", Component, Namespace, Success);
        return new(binding => new OperationSeries(success =>
            (count.Of(binding, _namespace, Text(success)), latency.Of(binding, _namespace, Text(success)))));
    }

    private SeriesCache<(string Component, string Topic), OperationSeries> Publishes(Instruments instruments, string name, string help, string latencyHelp)
    {
        var count = instruments.Counter($"{Prefix}{name}_count", help, Component, Namespace, Success, Topic);
        var latency = instruments.Latency($"{Prefix}{name}_latencies", latencyHelp, Component, Namespace, Success, Topic);
        return new(key => new OperationSeries(success =>
        {
            string[] Values() => [key.Component, _namespace, Text(success), key.Topic];
            return (count.Of(Values()), latency.Of(Values()));
        }));
    }

    private static string Text(bool success) => success ? "true" : "false";
}

/// <summary>The deliveries of one subscription, by what became of them.</summary>
internal sealed class DeliveryMetrics(
    Func<string, string, (Counter.Child Count, Histogram.Child Latency)> single,
    Func<(Counter.Child Count, Histogram.Child Latency)> bulk,
    Func<string, Counter.Child> entries)
{
    /// <summary>Handled.</summary>
    public const string Success = "success";

    /// <summary>Not wanted, expired or dead-lettered.</summary>
    public const string Drop = "drop";

    /// <summary>Failed, and to be tried again.</summary>
    public const string Retry = "retry";

    private readonly SeriesCache<(string Status, string Outcome), (Counter.Child Count, Histogram.Child Latency)> _single =
        new(key => single(key.Status, key.Outcome));

    private readonly SeriesCache<string, Counter.Child> _entries = new(entries);
    private readonly Lazy<(Counter.Child Count, Histogram.Child Latency)> _bulk = new(bulk);

    /// <summary>Notes a message that did not come as far as the app.</summary>
    public void Skipped(string status, string? outcome = null) => _single[(status, outcome ?? status)].Count.Inc();

    /// <summary>Notes a message the app was asked about.</summary>
    public void Delivered(string status, string? outcome, long started)
    {
        var (count, latency) = _single[(status, outcome ?? status)];
        count.Inc();
        latency.Observe(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    /// <summary>Notes a delivery of several messages.</summary>
    public void DeliveredBulk(long started)
    {
        var (count, latency) = _bulk.Value;
        count.Inc();
        latency.Observe(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    /// <summary>Notes what became of messages that were delivered together.</summary>
    public void Entries(string status, int count)
    {
        if (count > 0)
            _entries[status].Inc(count);
    }
}

/// <summary>Triggers of jobs.</summary>
internal sealed class JobMetrics
{
    private const string Trigger = "job_trigger_op";
    private readonly OperationSeries _triggers;

    public JobMetrics(Instruments instruments, string @namespace)
    {
        var succeeded = instruments.Counter("dapr_component_job_success_count", "The number of successful job triggers.", "namespace", "operation");
        var failed = instruments.Counter("dapr_component_job_failure_count", "The number of failed job triggers.", "namespace", "operation");
        var latency = instruments.Latency(
            "dapr_component_job_latencies", "The latency of the response from the app that processed the triggered job.", "namespace", "operation", "success");
        _triggers = new OperationSeries(success => (
            (success ? succeeded : failed).Of(@namespace, Trigger),
            latency.Of(@namespace, Trigger, success ? "true" : "false")));
    }

    /// <summary>Notes a trigger.</summary>
    public void Triggered(bool success, long started) => _triggers.Record(success, started);
}
