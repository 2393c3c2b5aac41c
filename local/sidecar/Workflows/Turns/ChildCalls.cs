using System.Globalization;
using NexusCart.Sidecar.Workflows.Events;
using NexusCart.Sidecar.Workflows.Instances;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows.Turns;

/// <summary>How a parent's history leads to its children.</summary>
internal static class ChildCalls
{
    /// <summary>The id of a child to which its parent gave none.</summary>
    internal static string DefaultId(string parentId, int taskId) =>
        string.Create(CultureInfo.InvariantCulture, $"{parentId}:{taskId:x4}");

    /// <summary>The call behind a childWorkflowInstanceCreated event.</summary>
    internal static ChildCall FromHistory(string appId, Instance parent, HistoryEvent created)
    {
        var child = created.ChildWorkflowInstanceCreated;
        var targetApp = created.Router.HasTargetAppID ? created.Router.TargetAppID : appId;
        var started = new ExecutionStartedEvent
        {
            Name = child.Name,
            Version = child.Version,
            Input = child.Input,
            WorkflowInstance = new TaskHub.WorkflowInstance { InstanceId = child.InstanceId, ExecutionId = NewExecutionId() },
            ParentInstance = new ParentInstanceInfo
            {
                TaskScheduledId = created.EventId,
                Name = parent.Started.Name,
                WorkflowInstance = new TaskHub.WorkflowInstance { InstanceId = parent.Id, ExecutionId = parent.ExecutionId },
                AppID = appId,
            },
            ParentTraceContext = child.ParentTraceContext,
        };
        return new ChildCall(created.EventId, child.InstanceId, targetApp, HistoryEvents.Started(created.Timestamp, created.Router, started));
    }

    /// <summary>Whether an instance was started by exactly this call.</summary>
    internal static bool IsSameCall(ParentInstanceInfo? parent, ParentInstanceInfo caller) =>
        parent is not null
        && parent.TaskScheduledId == caller.TaskScheduledId
        && parent.AppID == caller.AppID
        && parent.WorkflowInstance.Equals(caller.WorkflowInstance);

    internal static string NewExecutionId() => Guid.NewGuid().ToString();
}
