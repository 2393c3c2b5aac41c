using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows;

/// <summary>A workflow to start.</summary>
/// <param name="InstanceId">The new instance's id.</param>
/// <param name="Name">The workflow's registered name; the engine knows no names, the worker does.</param>
public sealed record WorkflowStartRequest(string InstanceId, string Name)
{
    /// <summary>Its input as text; null for none.</summary>
    public string? Input { get; init; }

    /// <summary>When it starts; null or a time in the past: at once.</summary>
    public DateTimeOffset? StartAt { get; init; }

    /// <summary>The caller's trace.</summary>
    public TraceContext? Trace { get; init; }
}
