using Prometheus;

namespace NexusCart.Sidecar.Metrics;

/// <summary>The workflows of an app.</summary>
internal sealed class WorkflowMetrics
{
    /// <summary>Starting an instance.</summary>
    public const string Create = "create_workflow";

    /// <summary>Raising an event, and suspending, resuming and terminating, which are events too.</summary>
    public const string AddEvent = "add_event";

    /// <summary>Deleting an instance.</summary>
    public const string Purge = "purge_workflow";

    private const string Prefix = "dapr_runtime_workflow_";
    private const string Succeeded = "success";
    private const string Failed = "failed";

    private readonly SeriesCache<string, OperationSeries> _operations;
    private readonly SeriesCache<(string Name, string Status), (Counter.Child Count, Histogram.Child Latency)> _executions;
    private readonly SeriesCache<string, Histogram.Child> _scheduling;
    private readonly SeriesCache<string, Counter.Child> _activities;
    private readonly SeriesCache<(string Name, bool Success), (Counter.Child Count, Histogram.Child Latency)> _activityExecutions;

    public WorkflowMetrics(Instruments instruments, string @namespace)
    {
        const string Namespace = "namespace";
        const string Status = "status";
        var operations = instruments.Counter(
            Prefix + "operation_count", "The number of successful/failed workflow operation requests.", Namespace, "operation", Status);
        var operationLatency = instruments.Latency(
            Prefix + "operation_latency", "The latencies of responses for workflow operation requests.", Namespace, "operation", Status);
        _operations = new(operation => new OperationSeries(success =>
            (operations.Of(@namespace, operation, Text(success)), operationLatency.Of(@namespace, operation, Text(success)))));

        var executions = instruments.Counter(
            Prefix + "execution_count", "The number of successful/failed/terminated/recoverable workflow executions.", Namespace, Status, "workflow_name");
        var duration = instruments.WorkflowLatency(
            Prefix + "execution_latency", "The total time taken to run workflow to completion.", Namespace, Status, "workflow_name");
        _executions = new(key => (executions.Of(@namespace, key.Status, key.Name), duration.Of(@namespace, key.Status, key.Name)));
        var scheduling = instruments.Latency(
            Prefix + "scheduling_latency", "Interval between workflow execution request and workflow execution.", Namespace, "workflow_name");
        _scheduling = new(name => scheduling.Of(@namespace, name));

        var activities = instruments.Counter(
            Prefix + "activity_operation_count", "The number of successful/failed activity operation requests.", "activity_name", Namespace, Status);
        _activities = new(name => activities.Of(name, @namespace, Succeeded));
        var activityExecutions = instruments.Counter(
            Prefix + "activity_execution_count", "The number of successful/failed/recoverable activity executions.", "activity_name", Namespace, Status);
        var activityDuration = instruments.WorkflowLatency(
            Prefix + "activity_execution_latency", "The total time taken to run an activity to completion.", "activity_name", Namespace, Status);
        _activityExecutions = new(key =>
            (activityExecutions.Of(key.Name, @namespace, Text(key.Success)), activityDuration.Of(key.Name, @namespace, Text(key.Success))));
    }

    /// <summary>Requests to the engine: <see cref="Create"/>, <see cref="AddEvent"/>, <see cref="Purge"/>.</summary>
    public OperationSeries Operation(string operation) => _operations[operation];

    /// <summary>Notes the first turn of an instance.</summary>
    public void Scheduled(string workflow, TimeSpan waited) => _scheduling[workflow].Observe(Math.Max(0, waited.TotalMilliseconds));

    /// <summary>Notes an instance that has ended.</summary>
    /// <param name="workflow">Its name.</param>
    /// <param name="status"><c>success</c>, <c>failed</c> or <c>terminated</c>.</param>
    /// <param name="took">Since its start.</param>
    public void Ended(string workflow, string status, TimeSpan took)
    {
        var (count, latency) = _executions[(workflow, status)];
        count.Inc();
        latency.Observe(Math.Max(0, took.TotalMilliseconds));
    }

    /// <summary>Notes an activity that is handed out.</summary>
    public void ActivityScheduled(string activity) => _activities[activity].Inc();

    /// <summary>Notes an activity that has been answered.</summary>
    public void ActivityEnded(string activity, bool success, TimeSpan took)
    {
        var (count, latency) = _activityExecutions[(activity, success)];
        count.Inc();
        latency.Observe(Math.Max(0, took.TotalMilliseconds));
    }

    private static string Text(bool success) => success ? Succeeded : Failed;
}
