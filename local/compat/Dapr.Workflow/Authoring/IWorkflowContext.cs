namespace Dapr.Workflow;

/// <summary>The part of a workflow's context that helpers need to stay deterministic.</summary>
public interface IWorkflowContext
{
    /// <summary>Whether the code now running ran before and is only being replayed.</summary>
    bool IsReplaying { get; }

    /// <summary>The workflow's clock (UTC): the time its current turn began; the same at each replay.</summary>
    DateTime CurrentUtcDateTime { get; }

    /// <summary>
    /// Whether this instance takes the new branch at a changed place of the workflow's code: true for what runs there for the first time,
    /// and for what already took it; false for what passed the place before the patch existed.
    /// </summary>
    /// <param name="patchName">A name unique to the change.</param>
    /// <returns>True to run the patched code.</returns>
    bool IsPatched(string patchName);
}
