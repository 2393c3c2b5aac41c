namespace Dapr.Workflow;

/// <summary>How an activity is called.</summary>
/// <param name="RetryPolicy">What to do when it fails; null: nothing.</param>
/// <param name="TargetAppId">The app that runs it; null: this one.</param>
/// <param name="PropagationScope">How much history it is given.</param>
public record WorkflowTaskOptions(
    WorkflowRetryPolicy? RetryPolicy = null,
    string? TargetAppId = null,
    HistoryPropagationScope PropagationScope = HistoryPropagationScope.None)
{
    /// <summary>The same options with another propagation scope.</summary>
    /// <param name="scope">How much history it is given.</param>
    /// <returns>A copy.</returns>
    public WorkflowTaskOptions WithHistoryPropagation(HistoryPropagationScope scope) => this with { PropagationScope = scope };
}

/// <summary>How a child workflow is called.</summary>
/// <param name="InstanceId">The child's instance id; null: derived from the parent's.</param>
/// <param name="RetryPolicy">What to do when it fails; null: nothing.</param>
/// <param name="TargetAppId">The app that runs it; null: this one.</param>
/// <param name="PropagationScope">How much history it is given.</param>
public record ChildWorkflowTaskOptions(
    string? InstanceId = null,
    WorkflowRetryPolicy? RetryPolicy = null,
    string? TargetAppId = null,
    HistoryPropagationScope PropagationScope = HistoryPropagationScope.None)
    : WorkflowTaskOptions(RetryPolicy, TargetAppId, PropagationScope)
{
    /// <inheritdoc cref="WorkflowTaskOptions.WithHistoryPropagation"/>
    public new ChildWorkflowTaskOptions WithHistoryPropagation(HistoryPropagationScope scope) => this with { PropagationScope = scope };
}
