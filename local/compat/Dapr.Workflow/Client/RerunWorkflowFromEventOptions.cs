namespace Dapr.Workflow.Client;

/// <summary>How a finished workflow is run again from one of its events.</summary>
public sealed class RerunWorkflowFromEventOptions
{
    /// <summary>The new instance's id; null: a new one.</summary>
    public string? NewInstanceId { get; set; }

    /// <summary>The new input of the event's task, when <see cref="OverwriteInput"/> is set.</summary>
    public object? Input { get; set; }

    /// <summary>Whether the task gets <see cref="Input"/> in place of what it had.</summary>
    public bool OverwriteInput { get; set; }
}
