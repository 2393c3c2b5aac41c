namespace Dapr.Workflow;

/// <summary>An activity or child workflow failed; thrown where the workflow awaits it.</summary>
#pragma warning disable CA1032 // The signatures are those of the official package.
public class WorkflowTaskFailedException : Exception
#pragma warning restore CA1032
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What failed.</param>
    /// <param name="failureDetails">How it failed.</param>
    public WorkflowTaskFailedException(string message, WorkflowTaskFailureDetails failureDetails)
        : base(message)
    {
        ArgumentNullException.ThrowIfNull(failureDetails);
        FailureDetails = failureDetails;
    }

    /// <summary>How it failed.</summary>
    public WorkflowTaskFailureDetails FailureDetails { get; }
}
