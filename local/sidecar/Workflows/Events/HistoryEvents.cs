using Google.Protobuf.WellKnownTypes;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows.Events;

/// <summary>Makes history events as daprd writes them.</summary>
internal static class HistoryEvents
{
    /// <summary>The number of everything that comes to a workflow, as against what it schedules.</summary>
    internal const int Incoming = -1;

    /// <summary>Seconds of 9999-12-31T23:59:59Z: a timer of that time stands for waiting without end.</summary>
    private const long EndOfTimeSeconds = 253402300799;

    /// <summary>A router without a target: the event is of this app alone.</summary>
    internal static TaskRouter Router(string sourceApp) => new() { SourceAppID = sourceApp };

    /// <summary>A router from one app to another (or the same).</summary>
    internal static TaskRouter Router(string sourceApp, string targetApp) => new() { SourceAppID = sourceApp, TargetAppID = targetApp };

    /// <summary>Whether a timer of this time is never to fire.</summary>
    internal static bool IsEndless(Timestamp fireAt) => fireAt.Seconds >= EndOfTimeSeconds;

    internal static HistoryEvent TurnStarted(Timestamp at, TaskRouter? router, WorkflowVersion? version = null) => new()
    {
        EventId = Incoming,
        Timestamp = at,
        Router = router,
        WorkflowStarted = new WorkflowStartedEvent { Version = version },
    };

    internal static HistoryEvent Started(Timestamp at, TaskRouter router, ExecutionStartedEvent started) => new()
    {
        EventId = Incoming,
        Timestamp = at,
        Router = router,
        ExecutionStarted = started,
    };

    internal static HistoryEvent Raised(Timestamp at, string name, string? input) => new()
    {
        EventId = Incoming,
        Timestamp = at,
        EventRaised = new EventRaisedEvent { Name = name, Input = input },
    };

    internal static HistoryEvent Suspended(Timestamp at, string? reason) => new()
    {
        EventId = Incoming,
        Timestamp = at,
        ExecutionSuspended = new ExecutionSuspendedEvent { Input = reason },
    };

    internal static HistoryEvent Resumed(Timestamp at, string? reason) => new()
    {
        EventId = Incoming,
        Timestamp = at,
        ExecutionResumed = new ExecutionResumedEvent { Input = reason },
    };

    internal static HistoryEvent Terminated(Timestamp at, string? output, bool recursive) => new()
    {
        EventId = Incoming,
        Timestamp = at,
        ExecutionTerminated = new ExecutionTerminatedEvent { Input = output, Recurse = recursive },
    };

    internal static HistoryEvent TimerFired(Timestamp at, int timerId, Timestamp fireAt) => new()
    {
        EventId = Incoming,
        Timestamp = at,
        TimerFired = new TimerFiredEvent { TimerId = timerId, FireAt = fireAt },
    };

    internal static HistoryEvent TaskEnded(Timestamp at, TaskRouter router, ActivityResponse response, string taskExecutionId)
    {
        var ended = new HistoryEvent { EventId = Incoming, Timestamp = at, Router = router };
        if (response.FailureDetails is { } failure)
        {
            ended.TaskFailed = new TaskFailedEvent
            {
                TaskScheduledId = response.TaskId,
                FailureDetails = failure,
                TaskExecutionId = taskExecutionId,
            };
        }
        else
        {
            ended.TaskCompleted = new TaskCompletedEvent
            {
                TaskScheduledId = response.TaskId,
                Result = response.Result,
                TaskExecutionId = taskExecutionId,
            };
        }

        return ended;
    }

    /// <summary>A child's end as its parent sees it: completed with the result, or failed; a terminated child has no failure details.</summary>
    internal static HistoryEvent ChildEnded(Timestamp at, TaskRouter router, int taskId, ExecutionCompletedEvent end)
    {
        var ended = new HistoryEvent { EventId = Incoming, Timestamp = at, Router = router };
        if (end.WorkflowStatus == OrchestrationStatus.Completed)
        {
            ended.ChildWorkflowInstanceCompleted = new ChildWorkflowInstanceCompletedEvent { TaskScheduledId = taskId, Result = end.Result };
        }
        else
        {
            ended.ChildWorkflowInstanceFailed = new ChildWorkflowInstanceFailedEvent
            {
                TaskScheduledId = taskId,
                FailureDetails = end.FailureDetails,
            };
        }

        return ended;
    }

    internal static HistoryEvent Completed(Timestamp at, TaskRouter router, int eventId, ExecutionCompletedEvent end) => new()
    {
        EventId = eventId,
        Timestamp = at,
        Router = router,
        ExecutionCompleted = end,
    };

    internal static HistoryEvent Stalled(Timestamp at, StalledReason reason, string? description)
    {
        var stalled = new ExecutionStalledEvent { Reason = reason };
        if (description is not null)
            stalled.Description = description;

        return new HistoryEvent { EventId = Incoming, Timestamp = at, ExecutionStalled = stalled };
    }
}
