namespace Dapr.Workflow;

/// <summary>
/// The base class of workflows. A workflow is replayed from its history each time something new happens, so its code must be
/// deterministic: time, ids, and effects come from the <see cref="WorkflowContext"/> alone.
/// </summary>
/// <typeparam name="TInput">What the workflow is started with.</typeparam>
/// <typeparam name="TOutput">What it returns at its end.</typeparam>
public abstract class Workflow<TInput, TOutput> : IWorkflow
{
    Type IWorkflow.InputType => typeof(TInput);

    Type IWorkflow.OutputType => typeof(TOutput);

    async Task<object?> IWorkflow.RunAsync(WorkflowContext context, object? input) =>
        await RunAsync(context, (TInput)input!);

    /// <summary>The workflow's code.</summary>
    /// <param name="context">Schedules activities, timers, child workflows; waits for events.</param>
    /// <param name="input">The deserialized input; default when none was given.</param>
    /// <returns>The workflow's result.</returns>
    public abstract Task<TOutput> RunAsync(WorkflowContext context, TInput input);
}
