using NexusCart.Sidecar.Workflows.Events;
using NexusCart.Sidecar.Workflows.Instances;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows.Storage;

/// <summary>Reads from an instance's history where it stands and what is still open.</summary>
internal sealed class HistoryReplay
{
    private readonly Dictionary<int, HistoryEvent> _tasks = [];
    private readonly Dictionary<int, HistoryEvent> _timers = [];
    private readonly Dictionary<int, HistoryEvent> _children = [];
    private readonly Instance _instance;

    private HistoryReplay(Instance instance) => _instance = instance;

    /// <summary>Fills an instance, whose history and inbox are in place, with what they say.</summary>
    internal static StoredInstance Fill(Instance instance)
    {
        var replay = new HistoryReplay(instance);
        var events = instance.History.Read();
        foreach (var item in events)
        {
            replay.Take(item);
            instance.Updated = item.Timestamp;
        }

        foreach (var waiting in instance.Inbox)
        {
            replay.Close(waiting.Read());
        }

        return new StoredInstance(instance)
        {
            Tasks = replay._tasks.Values,
            Timers = replay._timers.Values,
            Children = replay._children.Values,
            IsPending = events.Count == 0,
        };
    }

    private void Take(HistoryEvent item)
    {
        switch (item.EventTypeCase)
        {
            case HistoryEvent.EventTypeOneofCase.WorkflowStarted:
                _instance.FirstTurn ??= item.Timestamp;
                if (item.WorkflowStarted.Version is { } version)
                    _instance.Patches.UnionWith(version.Patches);

                break;
            case HistoryEvent.EventTypeOneofCase.TaskScheduled:
                _tasks[item.EventId] = item;
                break;
            case HistoryEvent.EventTypeOneofCase.TimerCreated when !HistoryEvents.IsEndless(item.TimerCreated.FireAt):
                _timers[item.EventId] = item;
                break;
            case HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceCreated:
                _children[item.EventId] = item;
                break;
            case HistoryEvent.EventTypeOneofCase.ExecutionSuspended:
                _instance.IsSuspended = true;
                break;
            case HistoryEvent.EventTypeOneofCase.ExecutionResumed:
                _instance.IsSuspended = false;
                break;
            case HistoryEvent.EventTypeOneofCase.ExecutionCompleted:
                _instance.End = item;
                break;
            default:
                Close(item);
                break;
        }
    }

    private void Close(HistoryEvent item)
    {
        switch (item.EventTypeCase)
        {
            case HistoryEvent.EventTypeOneofCase.TaskCompleted:
                _tasks.Remove(item.TaskCompleted.TaskScheduledId);
                break;
            case HistoryEvent.EventTypeOneofCase.TaskFailed:
                _tasks.Remove(item.TaskFailed.TaskScheduledId);
                break;
            case HistoryEvent.EventTypeOneofCase.TimerFired:
                _timers.Remove(item.TimerFired.TimerId);
                break;
            case HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceCompleted:
                _children.Remove(item.ChildWorkflowInstanceCompleted.TaskScheduledId);
                break;
            case HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceFailed:
                _children.Remove(item.ChildWorkflowInstanceFailed.TaskScheduledId);
                break;
            default:
                break;
        }
    }
}
