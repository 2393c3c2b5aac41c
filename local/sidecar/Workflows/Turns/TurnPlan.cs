using NexusCart.Sidecar.Workflows.Instances;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows.Turns;

/// <summary>What a turn decided, worked out and not yet done.</summary>
internal sealed class TurnPlan(Turn turn)
{
    internal Turn Turn { get; } = turn;

    /// <summary>The events that the turn adds to the history, serialized as one batch.</summary>
    internal ReadOnlyMemory<byte> Batch { get; set; }

    internal List<ActivityTask> Activities { get; } = [];

    internal List<(int Id, TimerCreatedEvent Timer)> Timers { get; } = [];

    internal List<ChildCall> Children { get; } = [];

    /// <summary>Events to other instances of this app.</summary>
    internal List<(string InstanceId, HistoryEvent Event)> Messages { get; } = [];

    internal List<CreateDetachedWorkflowAction> Detached { get; } = [];

    /// <summary>The end of the instance; null when it goes on.</summary>
    internal HistoryEvent? End { get; set; }

    /// <summary>Set when a new generation takes over; nothing else of the plan counts then.</summary>
    internal CompleteWorkflowAction? NextGeneration { get; set; }

    /// <summary>Set when the instance cannot go on; the turn's events stay in the inbox then.</summary>
    internal ExecutionStalledEvent? Stall { get; set; }

    /// <summary>The terminate that is among the turn's events.</summary>
    internal ExecutionTerminatedEvent? Terminate { get; set; }

    internal string? CustomStatus { get; set; }

    /// <summary>Patches that the turn met for the first time.</summary>
    internal IReadOnlyList<string> Patches { get; set; } = [];
}
