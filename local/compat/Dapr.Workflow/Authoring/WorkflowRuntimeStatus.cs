namespace Dapr.Workflow;

/// <summary>Where a workflow instance stands.</summary>
public enum WorkflowRuntimeStatus
{
    /// <summary>Not known, or no such instance.</summary>
    Unknown = -1,

    /// <summary>Started and not ended.</summary>
    Running = 0,

    /// <summary>Ended well.</summary>
    Completed = 1,

    /// <summary>Ended this generation and started anew.</summary>
    ContinuedAsNew = 2,

    /// <summary>Ended by an exception.</summary>
    Failed = 3,

    /// <summary>Ended by cancellation.</summary>
    Canceled = 4,

    /// <summary>Ended by a terminate call.</summary>
    Terminated = 5,

    /// <summary>Created and not started.</summary>
    Pending = 6,

    /// <summary>Held until it is resumed.</summary>
    Suspended = 7,

    /// <summary>Cannot go on: its version is not available, or its history is too large.</summary>
    Stalled = 8,
}
