using NexusCart.Sidecar.Workflows.Dispatch;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows.Instances;

/// <summary>An activity that was scheduled and has not ended.</summary>
internal sealed class ActivityTask : IWorkUnit
{
    private readonly WorkItemFrame _item;

    internal ActivityTask(WorkflowEngine origin, Instance instance, HistoryEvent scheduled)
    {
        var task = scheduled.TaskScheduled;
        Origin = origin;
        Instance = instance;
        Generation = instance.Generation;
        TaskId = scheduled.EventId;
        TaskExecutionId = task.TaskExecutionId;
        Name = task.Name;
        Router = scheduled.Router;
        _item = WorkItemFrame.Activity(new ActivityRequest
        {
            Name = task.Name,
            Version = task.Version,
            Input = task.Input,
            WorkflowInstance = new TaskHub.WorkflowInstance { InstanceId = instance.Id },
            TaskId = scheduled.EventId,
            ParentTraceContext = task.ParentTraceContext,
            TaskExecutionId = task.TaskExecutionId,
        });
    }

    /// <summary>The activity's name.</summary>
    internal string Name { get; }

    /// <summary>When it was handed to the app's engine, by the clock's timestamp.</summary>
    internal long Queued { get; set; }

    /// <summary>The engine of the workflow; the activity may run in another app's.</summary>
    internal WorkflowEngine Origin { get; }

    internal Instance Instance { get; }

    internal int Generation { get; }

    internal int TaskId { get; }

    internal string TaskExecutionId { get; }

    internal TaskRouter Router { get; }

    /// <summary>The app whose workers run it.</summary>
    internal string AppId => Router.HasTargetAppID ? Router.TargetAppID : Router.SourceAppID;

    /// <summary>The next one that waits for this one's place, being of the same instance id and number.</summary>
    internal ActivityTask? Next { get; set; }

    WorkKind IWorkUnit.Kind => WorkKind.Activity;

    string IWorkUnit.Name => Name;

    WorkerConnection? IWorkUnit.Worker { get; set; }

    WorkItemFrame IWorkUnit.Begin() => _item;

    bool IWorkUnit.Abandon() => true;
}
