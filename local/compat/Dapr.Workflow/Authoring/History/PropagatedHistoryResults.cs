namespace Dapr.Workflow;

/// <summary>How a call of the lineage ended.</summary>
public enum PropagatedHistoryStatus
{
    /// <summary>Not ended.</summary>
    Pending = 0,

    /// <summary>Ended well.</summary>
    Completed = 1,

    /// <summary>Failed.</summary>
    Failed = 2,
}

/// <summary>One call of an activity.</summary>
/// <param name="Name">The activity's name.</param>
/// <param name="Status">How it ended.</param>
/// <param name="Input">Its serialized input.</param>
/// <param name="Output">Its serialized result.</param>
/// <param name="FailureDetails">How it failed.</param>
public sealed record PropagatedHistoryActivityResult(
    string Name,
    PropagatedHistoryStatus Status,
    string? Input,
    string? Output,
    WorkflowTaskFailureDetails? FailureDetails);

/// <summary>One call of a child workflow.</summary>
/// <param name="Name">The workflow's name.</param>
/// <param name="Status">How it ended.</param>
/// <param name="Output">Its serialized result.</param>
/// <param name="FailureDetails">How it failed.</param>
public sealed record PropagatedHistoryWorkflowResult(
    string Name,
    PropagatedHistoryStatus Status,
    string? Output,
    WorkflowTaskFailureDetails? FailureDetails);
