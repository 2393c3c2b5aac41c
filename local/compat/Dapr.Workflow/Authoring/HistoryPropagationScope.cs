namespace Dapr.Workflow;

/// <summary>How much of its history a workflow hands down to an activity or child.</summary>
public enum HistoryPropagationScope
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The caller's own history.</summary>
    OwnHistory = 1,

    /// <summary>The caller's history and that of its ancestors.</summary>
    Lineage = 2,
}
