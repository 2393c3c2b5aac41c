using Dapr.Workflow.Abstractions;

namespace Dapr.Workflow;

/// <summary>Tells an activity which task of which workflow it is.</summary>
public abstract class WorkflowActivityContext
{
    /// <summary>The activity's registered name.</summary>
    public abstract TaskIdentifier Identifier { get; }

    /// <summary>
    /// The same each time this task runs, and unlike that of every other task. A retry by policy is a task of its own: where the
    /// effect must be one over all attempts, the key comes from the workflow.
    /// </summary>
    public abstract string TaskExecutionKey { get; }

    /// <summary>The id of the workflow instance that called.</summary>
    public abstract string InstanceId { get; }
}
