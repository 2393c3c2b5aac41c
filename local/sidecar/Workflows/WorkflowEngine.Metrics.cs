using NexusCart.Sidecar.Workflows.Instances;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows;

/// <summary>What is counted and timed.</summary>
internal sealed partial class WorkflowEngine
{
    private Task MeasureAsync(string operation, Func<Task> request)
    {
        return _options.Metrics is { } metrics ? RunAsync() : request();

        async Task RunAsync()
        {
            var meter = metrics.Operation(operation).Begin();
            var success = false;
            try
            {
                await request();
                success = true;
            }
            finally
            {
                meter.End(success);
            }
        }
    }

    /// <summary>Notes a turn that is stored.</summary>
    private void Measure(Instance instance, bool isFirst)
    {
        if (_options.Metrics is not { } metrics)
            return;
        var now = _time.GetUtcNow();
        if (isFirst)
            metrics.Scheduled(instance.Started.Name, now - (instance.Started.ScheduledStartTimestamp ?? instance.Created).ToDateTimeOffset());
        if (!instance.HasEnded)
            return;
        var status = instance.End!.ExecutionCompleted.WorkflowStatus switch
        {
            OrchestrationStatus.Completed => "success",
            OrchestrationStatus.Terminated => "terminated",
            _ => "failed",
        };
        metrics.Ended(instance.Started.Name, status, now - instance.Created.ToDateTimeOffset());
    }

    /// <summary>Notes the answer to an activity.</summary>
    private void Measure(ActivityTask task, ActivityResponse response) =>
        _options.Metrics?.ActivityEnded(task.Name, response.FailureDetails is null, _time.GetElapsedTime(task.Queued));
}
