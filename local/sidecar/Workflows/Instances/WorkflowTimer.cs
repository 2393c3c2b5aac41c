using NexusCart.Sidecar.Scheduling;

namespace NexusCart.Sidecar.Workflows.Instances;

/// <summary>Something the engine does at a time. Durable by what it is armed from: the histories.</summary>
internal sealed class WorkflowTimer(Action fire) : Deadline
{
    internal Action Fire { get; } = fire;
}
