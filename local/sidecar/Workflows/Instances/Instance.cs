using System.Buffers;
using Google.Protobuf.WellKnownTypes;
using NexusCart.Sidecar.Workflows.Dispatch;
using NexusCart.Sidecar.Workflows.Events;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows.Instances;

/// <summary>
/// One workflow instance in memory. All of it is guarded by <see cref="Gate"/>, which is held for moments only and never over a wait.
/// While <see cref="IsBusy"/>, its turn is with the dispatcher, with a worker, or being stored, and only who holds the turn changes
/// the history.
/// </summary>
internal sealed class Instance : IWorkUnit
{
    private readonly WorkflowEngine _engine;

    internal Instance(WorkflowEngine engine, string id, HistoryEvent started, Timestamp created)
    {
        _engine = engine;
        Id = id;
        Start = started;
        Created = created;
        Updated = created;
    }

    internal Lock Gate { get; } = new();

    internal string Id { get; }

    /// <summary>Counts continue-as-new, from 1.</summary>
    internal int Generation { get; set; } = 1;

    /// <summary>The executionStarted event of this generation.</summary>
    internal HistoryEvent Start { get; set; }

    internal ExecutionStartedEvent Started => Start.ExecutionStarted;

    internal string ExecutionId => Started.WorkflowInstance.ExecutionId ?? string.Empty;

    internal Timestamp Created { get; }

    internal Timestamp Updated { get; set; }

    /// <summary>When the first turn began; null while pending.</summary>
    internal Timestamp? FirstTurn { get; set; }

    internal HistoryLog History { get; set; } = new();

    internal List<InboxEvent> Inbox { get; set; } = [];

    /// <summary>The number of the next stored inbox event.</summary>
    internal long NextInboxNumber { get; set; }

    internal Turn? Turn { get; set; }

    internal bool IsBusy { get; set; }

    /// <summary>Activities scheduled and not ended, by number.</summary>
    internal Dictionary<int, ActivityTask> Activities { get; } = [];

    /// <summary>Timers armed, by number.</summary>
    internal Dictionary<int, WorkflowTimer> Timers { get; } = [];

    /// <summary>Child workflows called and not ended, by number.</summary>
    internal Dictionary<int, ChildCall> Children { get; } = [];

    /// <summary>Patches of the workflow's code that the generation's history names.</summary>
    internal HashSet<string> Patches { get; } = new(StringComparer.Ordinal);

    /// <summary>Fires a start in the future; null when it has started or starts at once.</summary>
    internal WorkflowTimer? HeldStart { get; set; }

    internal bool IsSuspended { get; set; }

    /// <summary>Why the instance cannot go on; null when it can.</summary>
    internal ExecutionStalledEvent? Stall { get; set; }

    /// <summary>The executionCompleted event; null while it runs. Of status STALLED when the worker said so.</summary>
    internal HistoryEvent? End { get; set; }

    internal string? CustomStatus { get; set; }

    /// <summary>What the store holds of it.</summary>
    internal StoredParts Stored { get; } = new();

    /// <summary>Continue-as-new in a row of which nothing is stored.</summary>
    internal int UnsavedGenerations { get; set; }

    /// <summary>Events that generations not yet stored took.</summary>
    internal List<InboxEvent> Consumed { get; set; } = [];

    /// <summary>Set when it is being deleted or made way for another of its id; completes when that is done.</summary>
    internal Task? Leaving { get; set; }

    /// <summary>It has left memory: whoever still holds it must look for the instance anew.</summary>
    internal bool IsEvicted { get; set; }

    /// <summary>How many rely on this being the instance: it stays in memory until there are none.</summary>
    internal int Pins { get; set; }

    /// <summary>When it last did something, by the clock's timestamp; idle ones give their history back.</summary>
    internal long LastActive { get; set; }

    // Fields, not properties: a signal is a value that must be changed in place.
    internal Signal Saved;
    internal Signal FirstTurnDone;
    internal Signal Ended;

    internal bool HasEnded => End is not null && End.ExecutionCompleted.WorkflowStatus != OrchestrationStatus.Stalled;

    internal bool IsStalled => Stall is not null || End is { ExecutionCompleted.WorkflowStatus: OrchestrationStatus.Stalled };

    internal OrchestrationStatus Status => this switch
    {
        { End: { } end } => end.ExecutionCompleted.WorkflowStatus,
        { Stall: not null } => OrchestrationStatus.Stalled,
        { FirstTurn: null } => OrchestrationStatus.Pending,
        { IsSuspended: true } => OrchestrationStatus.Suspended,
        _ => OrchestrationStatus.Running,
    };

    /// <summary>Whether a turn may begin: there is something to do, and nothing in the way.</summary>
    internal bool IsReady =>
        !IsBusy && End is null && Stall is null && Leaving is null
        && (Turn is not null || Inbox.Count > (HeldStart is null ? 0 : 1));

    /// <summary>Whether it only waits, for what the store knows of too.</summary>
    internal bool IsIdle =>
        !IsBusy && !IsEvicted && Pins == 0 && Turn is null && End is null && Stall is null && Leaving is null
        && Activities.Count == 0 && Consumed.Count == 0 && UnsavedGenerations == 0 && Stored is { Metadata: true, IsStale: false }
        && (Inbox.Count == 0 || (HeldStart is not null && Inbox.Count == 1));

    WorkKind IWorkUnit.Kind => WorkKind.Turn;

    string IWorkUnit.Name => Started.Name;

    WorkerConnection? IWorkUnit.Worker { get; set; }

    WorkItemFrame? IWorkUnit.Begin()
    {
        WorkItemFrame frame;
        lock (Gate)
        {
            if (Leaving is not null || (Turn is null && Inbox.Count == 0))
            {
                IsBusy = false;
                return null;
            }

            if (Turn is null)
            {
                Turn = new Turn(Inbox);
                Inbox = [];
            }

            Turn.StartedAt = _engine.Now;
            frame = WorkItemFrame.Turn(Id, History.Events, NewEvents(Turn));
            if (frame.Length <= _engine.LargestTurn)
            {
                Turn.IsOut = true;
                return frame;
            }
        }

        _engine.StallTooLarge(this, frame.Length);
        return null;
    }

    bool IWorkUnit.Abandon()
    {
        lock (Gate)
        {
            if (Turn is null)
                return true;

            if (Turn.IsAnswered)
                return false;

            Turn.IsOut = false;
            return true;
        }
    }

    /// <summary>The first event of each turn. In a generation that followed another it names the app, as daprd has it.</summary>
    internal HistoryEvent TurnStarted(Turn turn, WorkflowVersion? version = null) =>
        HistoryEvents.TurnStarted(
            turn.StartedAt,
            Generation > 1 && History.Batches == 0 ? HistoryEvents.Router(_engine.AppId) : null,
            version);

    private ReadOnlyMemory<byte> NewEvents(Turn turn)
    {
        var buffer = new ArrayBufferWriter<byte>();
        EventCodec.Append(buffer, EventCodec.NewTag, TurnStarted(turn));
        foreach (var item in turn.Events)
        {
            EventCodec.Append(buffer, EventCodec.NewTag, item.Serialized.Span);
        }

        return buffer.WrittenMemory;
    }
}
