using Wire = NexusCart.TaskHub;

namespace Dapr.Workflow.Worker.Replay;

/// <summary>
/// Numbers what a workflow schedules, in call order from 0, and brings each together with its end. What the history has already is
/// checked against it and not scheduled again.
/// </summary>
internal sealed class TaskLedger
{
    private readonly Dictionary<int, Wire.HistoryEvent> _recorded = [];
    private readonly Dictionary<int, TaskCompletionSource<Wire.HistoryEvent>> _open = [];
    private readonly Dictionary<int, Wire.HistoryEvent> _early = [];
    private readonly List<Wire.WorkflowAction> _actions = [];

    /// <summary>What is new, in order.</summary>
    internal List<Wire.WorkflowAction> Actions => _actions;

    /// <summary>Whether something has not ended.</summary>
    internal bool HasOpen => _open.Count > 0;

    /// <summary>The number of the next task.</summary>
    internal int Next { get; private set; }

    /// <summary>Takes in what an earlier turn scheduled.</summary>
    internal void Learn(Wire.HistoryEvent scheduled) => _recorded[scheduled.EventId] = scheduled;

    /// <summary>Takes the next number.</summary>
    internal int Take() => Next++;

    /// <summary>Whether the history has this task already; if so it must be the same.</summary>
    /// <exception cref="NonDeterministicWorkflowException">It is another one.</exception>
    internal bool IsRecorded(int id, Wire.HistoryEvent.EventTypeOneofCase kind, string name)
    {
        if (!_recorded.TryGetValue(id, out var recorded))
            return false;

        if (recorded.EventTypeCase == kind && NameOf(recorded).Equals(name, StringComparison.OrdinalIgnoreCase))
            return true;

        throw new NonDeterministicWorkflowException(
            $"The history has {recorded.EventTypeCase} '{NameOf(recorded)}' as number {id}, the workflow's code calls {kind} '{name}' there.");
    }

    /// <summary>Adds something new to schedule.</summary>
    internal void Add(Wire.WorkflowAction action) => _actions.Add(action);

    /// <summary>Waits for a task's end.</summary>
    internal TaskCompletionSource<Wire.HistoryEvent> Open(int id)
    {
        var task = new TaskCompletionSource<Wire.HistoryEvent>();
        if (_early.Remove(id, out var end))
            task.SetResult(end);
        else
            _open.Add(id, task);

        return task;
    }

    /// <summary>Nobody waits for a task's end any more.</summary>
    internal void Forget(int id) => _open.Remove(id);

    /// <summary>A task ended. The first end of a number counts.</summary>
    internal void Close(int id, Wire.HistoryEvent end)
    {
        if (_open.Remove(id, out var task))
            task.TrySetResult(end);
        else if (id >= Next)
            _early.TryAdd(id, end);
    }

    private static string NameOf(Wire.HistoryEvent scheduled) => scheduled.EventTypeCase switch
    {
        Wire.HistoryEvent.EventTypeOneofCase.TaskScheduled => scheduled.TaskScheduled.Name,
        Wire.HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceCreated => scheduled.ChildWorkflowInstanceCreated.Name,
        Wire.HistoryEvent.EventTypeOneofCase.EventSent => scheduled.EventSent.Name,
        _ => string.Empty,
    };
}
