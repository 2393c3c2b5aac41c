using Dapr.Common.Serialization;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging;
using Wire = NexusCart.TaskHub;

namespace Dapr.Workflow.Worker.Replay;

/// <summary>
/// The context a workflow's code runs with for the length of one turn. Events are fed in one by one; each lets the code run on, on
/// the turn's thread, until it waits again.
/// </summary>
internal sealed partial class ReplayContext : WorkflowContext
{
    private readonly IDaprSerializer _serializer;
    private readonly ILoggerFactory _loggers;
    private readonly TurnSynchronizationContext _turn;
    private readonly TaskLedger _tasks = new();
    private readonly EventMailbox _mailbox = new();
    private readonly PatchLedger _patches = new();
    private readonly string? _appId;
    private readonly string _executionId;
    private Guid? _guidNamespace;
    private int _guids;
    private object? _customStatus;
    private Wire.CompleteWorkflowAction? _nextGeneration;
    private bool _keepEvents;
    private DateTime _now;
    private bool _isReplaying;

    internal ReplayContext(
        Wire.HistoryEvent started,
        string instanceId,
        IDaprSerializer serializer,
        ILoggerFactory loggers,
        TurnSynchronizationContext turn)
    {
        _serializer = serializer;
        _loggers = loggers;
        _turn = turn;
        Name = started.ExecutionStarted.Name;
        InstanceId = instanceId;
        _executionId = started.ExecutionStarted.WorkflowInstance?.ExecutionId is { Length: > 0 } execution ? execution : instanceId;
        _appId = started.Router switch
        {
            { HasTargetAppID: true } router => router.TargetAppID,
            { } router => router.SourceAppID,
            null => null,
        };
    }

    public override string Name { get; }

    public override string InstanceId { get; }

    public override DateTime CurrentUtcDateTime => _now;

    public override bool IsReplaying => _isReplaying;

    /// <summary>Set when the code and the history part; the turn must not be answered then.</summary>
    internal NonDeterministicWorkflowException? Fault { get; private set; }

    /// <summary>Whether the workflow waits for anything that can still come.</summary>
    internal bool IsWaiting => _tasks.HasOpen || _mailbox.HasWaiters;

    /// <summary>Whether the workflow asked for a new generation.</summary>
    internal bool ContinuesAsNew => _nextGeneration is not null;

    public override bool IsPatched(string patchName)
    {
        RequireTurn();
        return _patches.Decide(patchName, _isReplaying);
    }

    public override void SendEvent(string instanceId, string eventName, object payload)
    {
        RequireTurn();
        ArgumentException.ThrowIfNullOrWhiteSpace(instanceId);
        ArgumentException.ThrowIfNullOrWhiteSpace(eventName);
        var id = _tasks.Take();
        if (IsRecorded(id, Wire.HistoryEvent.EventTypeOneofCase.EventSent, eventName))
            return;

        _tasks.Add(new Wire.WorkflowAction
        {
            Id = id,
            SendEvent = new Wire.SendEventAction
            {
                Instance = new Wire.WorkflowInstance { InstanceId = instanceId },
                Name = eventName,
                Data = Serialize(payload),
            },
        });
    }

    public override void SetCustomStatus(object? customStatus)
    {
        RequireTurn();
        _customStatus = customStatus;
    }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true)
    {
        RequireTurn();
        _keepEvents = preserveUnprocessedEvents;
        _nextGeneration = new Wire.CompleteWorkflowAction
        {
            WorkflowStatus = Wire.OrchestrationStatus.ContinuedAsNew,
            Result = Serialize(newInput),
        };
        _tasks.Take();
    }

    public override Guid NewGuid()
    {
        RequireTurn();
        return DeterministicGuid.Create(GuidNamespace(), $"{InstanceId}_{_guids++}");
    }

    public override PropagatedHistory? GetPropagatedHistory() => null;

    public override ILogger CreateReplaySafeLogger(string categoryName) => new ReplaySafeLogger(_loggers.CreateLogger(categoryName), this);

    public override ILogger CreateReplaySafeLogger(System.Type type) => new ReplaySafeLogger(_loggers.CreateLogger(type), this);

    public override ILogger CreateReplaySafeLogger<T>() => new ReplaySafeLogger(_loggers.CreateLogger<T>(), this);

    /// <summary>Takes in what earlier turns scheduled and patched, before the code runs.</summary>
    internal void Learn(IEnumerable<Wire.HistoryEvent> past)
    {
        foreach (var item in past)
        {
            switch (item.EventTypeCase)
            {
                case Wire.HistoryEvent.EventTypeOneofCase.TaskScheduled:
                case Wire.HistoryEvent.EventTypeOneofCase.TimerCreated:
                case Wire.HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceCreated:
                case Wire.HistoryEvent.EventTypeOneofCase.EventSent:
                    _tasks.Learn(item);
                    break;
                case Wire.HistoryEvent.EventTypeOneofCase.WorkflowStarted:
                    _patches.Learn(item.WorkflowStarted);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>Sets the clock and the replay flag for the events that follow.</summary>
    internal void Enter(bool isReplaying, Timestamp? now)
    {
        _isReplaying = isReplaying;
        if (now is not null)
            _now = now.ToDateTime();
    }

    /// <summary>Lets one event happen.</summary>
    internal void Play(Wire.HistoryEvent item)
    {
        switch (item.EventTypeCase)
        {
            case Wire.HistoryEvent.EventTypeOneofCase.WorkflowStarted:
                _now = item.Timestamp.ToDateTime();
                break;
            case Wire.HistoryEvent.EventTypeOneofCase.TaskCompleted:
                _tasks.Close(item.TaskCompleted.TaskScheduledId, item);
                break;
            case Wire.HistoryEvent.EventTypeOneofCase.TaskFailed:
                _tasks.Close(item.TaskFailed.TaskScheduledId, item);
                break;
            case Wire.HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceCompleted:
                _tasks.Close(item.ChildWorkflowInstanceCompleted.TaskScheduledId, item);
                break;
            case Wire.HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceFailed:
                _tasks.Close(item.ChildWorkflowInstanceFailed.TaskScheduledId, item);
                break;
            case Wire.HistoryEvent.EventTypeOneofCase.TimerFired:
                _tasks.Close(item.TimerFired.TimerId, item);
                break;
            case Wire.HistoryEvent.EventTypeOneofCase.EventRaised:
                _mailbox.Put(item);
                break;
            default:
                break;
        }

        _turn.RunPosted();
    }

    /// <summary>Puts into an answer what the turn decided, but for the workflow's end.</summary>
    internal void WriteTo(Wire.WorkflowResponse response)
    {
        response.Actions.AddRange(_tasks.Actions);
        if (_customStatus is not null)
            response.CustomStatus = Serialize(_customStatus);

        if (_patches.Met.Count > 0)
            response.Version = new Wire.WorkflowVersion { Name = Name, Patches = { _patches.Met } };

        if (_nextGeneration is null)
            return;

        // Only now, since events may have come in after the workflow asked for it.
        if (_keepEvents)
            _nextGeneration.CarryoverEvents.AddRange(_mailbox.Unclaimed);

        response.Actions.Add(new Wire.WorkflowAction { Id = _tasks.Next, CompleteWorkflow = _nextGeneration });
    }

    private Guid GuidNamespace() => _guidNamespace ??= DeterministicGuid.NamespaceOf(_executionId);

    private string Serialize(object? value) => value is null ? string.Empty : _serializer.Serialize(value, value.GetType());

    private T Deserialize<T>(string? text) => string.IsNullOrEmpty(text) ? default! : _serializer.Deserialize<T>(text)!;

    private bool IsRecorded(int id, Wire.HistoryEvent.EventTypeOneofCase kind, string name = "")
    {
        try
        {
            return _tasks.IsRecorded(id, kind, name);
        }
        catch (NonDeterministicWorkflowException fault)
        {
            // The workflow's own catch must not turn this into a compensation.
            Fault ??= fault;
            throw;
        }
    }

    private void RequireTurn()
    {
        if (!_turn.IsInTurn)
        {
            throw new InvalidOperationException(
                $"The context of workflow '{InstanceId}' was used outside of its turn: a workflow awaits nothing but what its context returns.");
        }
    }
}
