namespace Dapr.Workflow;

/// <summary>A workflow as the worker runs it: untyped. Authors derive from <see cref="Workflow{TInput,TOutput}"/>.</summary>
public interface IWorkflow
{
    /// <summary>The type its input is deserialized to.</summary>
    Type InputType { get; }

    /// <summary>The type of its result.</summary>
    Type OutputType { get; }

    /// <summary>Runs one turn of the workflow from its beginning; what already happened is replayed from the history.</summary>
    /// <param name="context">The only way for the workflow to reach the world.</param>
    /// <param name="input">The input, of type <see cref="InputType"/> or null.</param>
    /// <returns>The workflow's result.</returns>
    Task<object?> RunAsync(WorkflowContext context, object? input);
}
