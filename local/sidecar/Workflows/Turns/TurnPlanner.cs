using System.Buffers;
using Google.Protobuf.WellKnownTypes;
using NexusCart.Sidecar.Workflows.Events;
using NexusCart.Sidecar.Workflows.Instances;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows.Turns;

/// <summary>Works out what a worker's answer means. Changes nothing: the turn is the caller's alone, and the plan is done once it is stored.</summary>
internal sealed class TurnPlanner
{
    private readonly WorkflowEngine _engine;
    private readonly Instance _instance;
    private readonly WorkflowResponse _response;
    private readonly TurnPlan _plan;
    private readonly ArrayBufferWriter<byte> _batch = new();
    private readonly Timestamp _now;

    private TurnPlanner(WorkflowEngine engine, Instance instance, Turn turn, WorkflowResponse response)
    {
        _engine = engine;
        _instance = instance;
        _response = response;
        _plan = new TurnPlan(turn) { CustomStatus = response.CustomStatus };
        _now = engine.Now;
    }

    /// <summary>Works out an answer.</summary>
    /// <exception cref="UnsupportedActionException">It holds something that daprd cannot do, in strict mode, or nobody can.</exception>
    internal static TurnPlan Plan(WorkflowEngine engine, Instance instance, Turn turn, WorkflowResponse response)
    {
        var planner = new TurnPlanner(engine, instance, turn, response);
        planner.WriteNewEvents();
        planner.TakeActions();
        planner.EndIfTerminated();
        planner._plan.Batch = planner._batch.WrittenMemory;
        return planner._plan;
    }

    private void WriteNewEvents()
    {
        // The name in a version is not kept, only the patches not seen before, as daprd does.
        if (_response.Version is { Patches.Count: > 0 } given)
            _plan.Patches = [.. given.Patches.Where(patch => !_instance.Patches.Contains(patch)).Distinct()];

        var version = _plan.Patches.Count > 0 ? new WorkflowVersion { Patches = { _plan.Patches } } : null;
        Write(_instance.TurnStarted(_plan.Turn, version));
        foreach (var item in _plan.Turn.Events)
        {
            EventCodec.Append(_batch, EventCodec.PastTag, item.Serialized.Span);
            if (item.Kind == HistoryEvent.EventTypeOneofCase.ExecutionTerminated)
                _plan.Terminate = item.Read().ExecutionTerminated;
        }
    }

    private void TakeActions()
    {
        foreach (var action in _response.Actions)
        {
            switch (action.WorkflowActionTypeCase)
            {
                case WorkflowAction.WorkflowActionTypeOneofCase.ScheduleTask:
                    ScheduleTask(action);
                    break;
                case WorkflowAction.WorkflowActionTypeOneofCase.CreateTimer:
                    CreateTimer(action);
                    break;
                case WorkflowAction.WorkflowActionTypeOneofCase.CreateChildWorkflow:
                    CreateChild(action);
                    break;
                case WorkflowAction.WorkflowActionTypeOneofCase.CompleteWorkflow:
                    Complete(action);
                    break;
                case WorkflowAction.WorkflowActionTypeOneofCase.WorkflowVersionNotAvailable:
                    _plan.Stall = new ExecutionStalledEvent { Reason = StalledReason.VersionNotAvailable };
                    break;
                default:
                    Reach(action);
                    break;
            }
        }
    }

    private void ScheduleTask(WorkflowAction action)
    {
        var task = action.ScheduleTask;
        var scheduled = new HistoryEvent
        {
            EventId = action.Id,
            Timestamp = _now,
            Router = RouterOf(action, task.Router),
            TaskScheduled = new TaskScheduledEvent
            {
                Name = task.Name,
                Version = task.Version,
                Input = task.Input,
                TaskExecutionId = task.TaskExecutionId,
                ParentTraceContext = _instance.Started.ParentTraceContext,
            },
        };
        Write(scheduled);
        _plan.Activities.Add(new ActivityTask(_engine, _instance, scheduled));
    }

    private void CreateTimer(WorkflowAction action)
    {
        var asked = action.CreateTimer;
        var timer = new TimerCreatedEvent { FireAt = asked.FireAt };
        if (asked.HasName)
            timer.Name = asked.Name;

        switch (asked.OriginCase)
        {
            case CreateTimerAction.OriginOneofCase.CreateTimer:
                timer.CreateTimer = asked.CreateTimer;
                break;
            case CreateTimerAction.OriginOneofCase.ExternalEvent:
                timer.ExternalEvent = asked.ExternalEvent;
                break;
            case CreateTimerAction.OriginOneofCase.ActivityRetry:
                timer.ActivityRetry = asked.ActivityRetry;
                break;
            case CreateTimerAction.OriginOneofCase.ChildWorkflowRetry:
                timer.ChildWorkflowRetry = asked.ChildWorkflowRetry;
                break;
            default:
                break;
        }

        Write(new HistoryEvent { EventId = action.Id, Timestamp = _now, Router = OwnRouter(), TimerCreated = timer });
        if (!HistoryEvents.IsEndless(asked.FireAt))
            _plan.Timers.Add((action.Id, timer));
    }

    private void CreateChild(WorkflowAction action)
    {
        var asked = action.CreateChildWorkflow;
        var router = RouterOf(action, asked.Router);
        var childId = asked.InstanceId.Length > 0 ? asked.InstanceId : ChildCalls.DefaultId(_instance.Id, action.Id);
        var created = new HistoryEvent
        {
            EventId = action.Id,
            Timestamp = _now,
            Router = router,
            ChildWorkflowInstanceCreated = new ChildWorkflowInstanceCreatedEvent
            {
                InstanceId = childId,
                Name = asked.Name,
                Version = asked.Version,
                Input = asked.Input,
                ParentTraceContext = _instance.Started.ParentTraceContext,
            },
        };
        Write(created);
        _plan.Children.Add(ChildCalls.FromHistory(_engine.AppId, _instance, created));
    }

    private void Complete(WorkflowAction action)
    {
        var asked = action.CompleteWorkflow;
        if (_plan.End is not null || _plan.NextGeneration is not null)
            return;

        if (asked.WorkflowStatus == OrchestrationStatus.ContinuedAsNew)
        {
            // A terminate wins: a new generation would outlive it.
            if (_plan.Terminate is null)
                _plan.NextGeneration = asked;

            return;
        }

        End(action.Id, new ExecutionCompletedEvent
        {
            WorkflowStatus = asked.WorkflowStatus,
            Result = asked.Result,
            FailureDetails = asked.FailureDetails,
        });
    }

    /// <summary>The actions that reach another instance. daprd retries a turn with one of them for ever.</summary>
    private void Reach(WorkflowAction action)
    {
        if (_engine.IsStrict)
            throw new UnsupportedActionException(action.WorkflowActionTypeCase.ToString());

        switch (action.WorkflowActionTypeCase)
        {
            case WorkflowAction.WorkflowActionTypeOneofCase.SendEvent:
                var sent = action.SendEvent;
                var target = sent.Instance?.InstanceId ?? string.Empty;
                Write(new HistoryEvent
                {
                    EventId = action.Id,
                    Timestamp = _now,
                    Router = OwnRouter(),
                    EventSent = new EventSentEvent { InstanceId = target, Name = sent.Name, Input = sent.Data },
                });
                _plan.Messages.Add((target, HistoryEvents.Raised(_now, sent.Name, sent.Data)));
                break;
            case WorkflowAction.WorkflowActionTypeOneofCase.TerminateWorkflow:
                var ended = action.TerminateWorkflow;
                _plan.Messages.Add((ended.InstanceId, HistoryEvents.Terminated(_now, ended.Reason, ended.Recurse)));
                break;
            case WorkflowAction.WorkflowActionTypeOneofCase.CreateDetachedWorkflow:
                Write(new HistoryEvent
                {
                    EventId = action.Id,
                    Timestamp = _now,
                    Router = OwnRouter(),
                    DetachedWorkflowInstanceCreated =
                        new DetachedWorkflowInstanceCreatedEvent { InstanceId = action.CreateDetachedWorkflow.InstanceId },
                });
                _plan.Detached.Add(action.CreateDetachedWorkflow);
                break;
            default:
                throw new UnsupportedActionException(action.WorkflowActionTypeCase.ToString());
        }
    }

    /// <summary>A worker that does not end a terminated instance itself is not asked again.</summary>
    private void EndIfTerminated()
    {
        if (_plan.Terminate is { } terminate && _plan.End is null && _plan.Stall is null)
        {
            End(0, new ExecutionCompletedEvent { WorkflowStatus = OrchestrationStatus.Terminated, Result = terminate.Input });
        }
    }

    private void End(int actionId, ExecutionCompletedEvent end)
    {
        _plan.End = HistoryEvents.Completed(_now, OwnRouter(), actionId, end);
        Write(_plan.End);
    }

    private TaskRouter OwnRouter() => HistoryEvents.Router(_engine.AppId);

    private TaskRouter RouterOf(WorkflowAction action, TaskRouter? older) =>
        (action.Router ?? older) is { HasTargetAppID: true } router
            ? HistoryEvents.Router(_engine.AppId, router.TargetAppID)
            : OwnRouter();

    private void Write(HistoryEvent item) => EventCodec.Append(_batch, EventCodec.PastTag, item);
}
