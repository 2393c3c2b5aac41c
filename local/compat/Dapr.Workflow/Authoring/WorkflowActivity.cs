using Dapr.Workflow.Abstractions;

namespace Dapr.Workflow;

/// <summary>
/// The base class of activities: the steps of a workflow that touch the world. An activity runs at least once, so its effect must be
/// idempotent; <see cref="WorkflowActivityContext.TaskExecutionKey"/> is a key that stays the same when it runs again.
/// </summary>
/// <typeparam name="TInput">What the workflow passes.</typeparam>
/// <typeparam name="TOutput">What the workflow gets back.</typeparam>
public abstract class WorkflowActivity<TInput, TOutput> : IWorkflowActivity
{
    Type IWorkflowActivity.InputType => typeof(TInput);

    Type IWorkflowActivity.OutputType => typeof(TOutput);

    /// <summary>Runs the activity with an untyped input; for the worker.</summary>
    /// <param name="context">Which task of which workflow this is.</param>
    /// <param name="input">A <typeparamref name="TInput"/> or null.</param>
    /// <returns>The activity's result.</returns>
    public async Task<object?> RunAsync(WorkflowActivityContext context, object? input) =>
        await RunAsync(context, (TInput)input!);

    /// <summary>The activity's code.</summary>
    /// <param name="context">Which task of which workflow this is.</param>
    /// <param name="input">The deserialized input; default when none was given.</param>
    /// <returns>The activity's result.</returns>
    public abstract Task<TOutput> RunAsync(WorkflowActivityContext context, TInput input);
}
