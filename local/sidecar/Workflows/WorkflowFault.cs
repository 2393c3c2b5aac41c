namespace NexusCart.Sidecar.Workflows;

/// <summary>Why the workflow engine refuses a request.</summary>
public enum WorkflowFaultKind
{
    /// <summary>The request is malformed.</summary>
    InvalidRequest,

    /// <summary>An instance of this id is running.</summary>
    ActiveInstance,

    /// <summary>No instance has this id.</summary>
    NoSuchInstance,

    /// <summary>The instance has not ended.</summary>
    NotCompleted,

    /// <summary>The instance cannot go on and takes nothing.</summary>
    Stalled,

    /// <summary>No worker of the app is connected.</summary>
    NoWorker,

    /// <summary>An instance of the id that a rerun asks for exists.</summary>
    RerunTargetExists,

    /// <summary>The instance or event that a rerun starts from does not exist.</summary>
    RerunSourceMissing,

    /// <summary>Not offered.</summary>
    Unsupported,
}

/// <summary>A request that the workflow engine refuses; the message is daprd's, without what its adapters put before it.</summary>
/// <param name="kind">Why.</param>
/// <param name="message">Why, in daprd's words.</param>
public sealed class WorkflowFaultException(WorkflowFaultKind kind, string message) : Exception(message)
{
    /// <summary>Why.</summary>
    public WorkflowFaultKind Kind { get; } = kind;

    internal static WorkflowFaultException Active(string instanceId) =>
        new(WorkflowFaultKind.ActiveInstance, $"an active workflow with ID '{instanceId}' already exists");

    internal static WorkflowFaultException Missing() => new(WorkflowFaultKind.NoSuchInstance, "no such instance exists");

    internal static WorkflowFaultException Stalled(string instanceId) =>
        new(WorkflowFaultKind.Stalled, $"failed to invoke method for workflow '{instanceId}': actor is stalled");

    internal static WorkflowFaultException NoWorker(string actorType, string instanceId) =>
        new(
            WorkflowFaultKind.NoWorker,
            "failed to lookup actor: api error: code = FailedPrecondition desc = did not find address for actor "
            + $"'{actorType}/{instanceId}'");
}
