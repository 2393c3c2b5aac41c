namespace Dapr.Workflow.Abstractions;

/// <summary>An activity as the worker runs it: untyped. Authors derive from <see cref="WorkflowActivity{TInput,TOutput}"/>.</summary>
public interface IWorkflowActivity
{
    /// <summary>The type its input is deserialized to.</summary>
    Type InputType { get; }

    /// <summary>The type of its result.</summary>
    Type OutputType { get; }

    /// <summary>Runs the activity. At least once: it may run again when its result was not recorded.</summary>
    /// <param name="context">Which task of which workflow this is.</param>
    /// <param name="input">The input, of type <see cref="InputType"/> or null.</param>
    /// <returns>The activity's result.</returns>
    Task<object?> RunAsync(WorkflowActivityContext context, object? input);
}
