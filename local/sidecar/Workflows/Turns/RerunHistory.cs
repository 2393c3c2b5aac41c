using Google.Protobuf.WellKnownTypes;
using NexusCart.Sidecar.Workflows.Events;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows.Turns;

/// <summary>
/// The history that a rerun begins with: what the source did before the event, each task beside its end, then what was open, then
/// the event itself.
/// </summary>
internal sealed class RerunHistory
{
    private readonly List<HistoryEvent> _events = [];
    private readonly List<HistoryEvent> _fired = [];
    private readonly SortedDictionary<int, HistoryEvent> _open = [];
    private readonly RerunWorkflowFromEventRequest _request;
    private readonly string _newId;
    private readonly Timestamp _now;

    private RerunHistory(RerunWorkflowFromEventRequest request, string newId, Timestamp now)
    {
        _request = request;
        _newId = newId;
        _now = now;
    }

    /// <summary>The events, oldest first.</summary>
    internal IReadOnlyList<HistoryEvent> Events => _events;

    /// <summary>Ends of the timers that were open.</summary>
    internal IReadOnlyList<HistoryEvent> Fired => _fired;

    /// <exception cref="WorkflowFaultException">The source has no such event, or not one to go on from.</exception>
    internal static RerunHistory Build(
        IReadOnlyList<HistoryEvent> source,
        RerunWorkflowFromEventRequest request,
        string newId,
        Timestamp now)
    {
        var history = new RerunHistory(request, newId, now);
        foreach (var item in source)
        {
            if (item.EventId != request.EventID)
            {
                history.Copy(item);
                continue;
            }

            history.Finish(item.Clone());
            return history;
        }

        throw new WorkflowFaultException(
            WorkflowFaultKind.RerunSourceMissing,
            $"does not have history event with ID '{request.EventID}'");
    }

    private void Copy(HistoryEvent item)
    {
        switch (item.EventTypeCase)
        {
            case HistoryEvent.EventTypeOneofCase.TaskScheduled:
            case HistoryEvent.EventTypeOneofCase.TimerCreated:
            case HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceCreated:
                _open[item.EventId] = item;
                return;
            case HistoryEvent.EventTypeOneofCase.TaskCompleted:
                Settle(item.TaskCompleted.TaskScheduledId);
                break;
            case HistoryEvent.EventTypeOneofCase.TaskFailed:
                Settle(item.TaskFailed.TaskScheduledId);
                break;
            case HistoryEvent.EventTypeOneofCase.TimerFired:
                Settle(item.TimerFired.TimerId);
                break;
            case HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceCompleted:
                Settle(item.ChildWorkflowInstanceCompleted.TaskScheduledId);
                break;
            case HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceFailed:
                Settle(item.ChildWorkflowInstanceFailed.TaskScheduledId);
                break;
            default:
                break;
        }

        _events.Add(item);
    }

    private void Settle(int taskId)
    {
        if (_open.Remove(taskId, out var scheduled))
            _events.Add(scheduled);
    }

    private void Finish(HistoryEvent target)
    {
        var origin = new RerunParentInstanceInfo { InstanceID = _request.SourceInstanceID };
        switch (target.EventTypeCase)
        {
            case HistoryEvent.EventTypeOneofCase.TaskScheduled:
                Refuse(_request.HasNewChildWorkflowInstanceID, "set new child workflow instance ID on activity");
                target.TaskScheduled.RerunParentInstanceInfo = origin;
                if (_request.OverwriteInput)
                    target.TaskScheduled.Input = _request.Input;

                break;
            case HistoryEvent.EventTypeOneofCase.TimerCreated:
                Refuse(_request.OverwriteInput, "write input to timer");
                Refuse(_request.HasNewChildWorkflowInstanceID, "set new child workflow instance ID on timer");
                target.TimerCreated.RerunParentInstanceInfo = origin;
                break;
            case HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceCreated:
                target.ChildWorkflowInstanceCreated.RerunParentInstanceInfo = origin;
                if (_request.OverwriteInput)
                    target.ChildWorkflowInstanceCreated.Input = _request.Input;

                break;
            default:
                throw new WorkflowFaultException(
                    WorkflowFaultKind.RerunSourceMissing,
                    $"target event '{target.EventTypeCase}' with ID '{target.EventId}' is not an event that can be rerun");
        }

        foreach (var open in _open.Values)
        {
            Reopen(open.Clone(), newChildId: null);
        }

        Reopen(target, _request.HasNewChildWorkflowInstanceID ? _request.NewChildWorkflowInstanceID : null);
    }

    private void Reopen(HistoryEvent item, string? newChildId)
    {
        item.Timestamp = _now;
        _events.Add(item);
        if (item.EventTypeCase == HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceCreated)
            item.ChildWorkflowInstanceCreated.InstanceId = newChildId ?? ChildCalls.DefaultId(_newId, item.EventId);
        else if (item.EventTypeCase == HistoryEvent.EventTypeOneofCase.TimerCreated)
            _fired.Add(HistoryEvents.TimerFired(_now, item.EventId, item.TimerCreated.FireAt));
    }

    private void Refuse(bool asked, string what)
    {
        if (asked)
            throw new WorkflowFaultException(WorkflowFaultKind.InvalidRequest, $"cannot {what} event '{_request.EventID}'");
    }
}
