using NexusCart.Sidecar.Workflows.Instances;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows.Storage;

/// <summary>An instance as read from the store, with what its history left open.</summary>
internal sealed class StoredInstance(Instance instance)
{
    internal Instance Instance { get; } = instance;

    /// <summary>taskScheduled events without an end.</summary>
    internal IReadOnlyCollection<HistoryEvent> Tasks { get; set; } = [];

    /// <summary>timerCreated events that have not fired.</summary>
    internal IReadOnlyCollection<HistoryEvent> Timers { get; set; } = [];

    /// <summary>childWorkflowInstanceCreated events without an end.</summary>
    internal IReadOnlyCollection<HistoryEvent> Children { get; set; } = [];

    /// <summary>Its first turn was never stored.</summary>
    internal bool IsPending { get; set; }
}
