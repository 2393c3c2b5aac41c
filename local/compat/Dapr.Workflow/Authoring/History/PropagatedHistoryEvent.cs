using System.Diagnostics.CodeAnalysis;

namespace Dapr.Workflow;

/// <summary>What one workflow of the lineage did.</summary>
/// <param name="instanceId">The workflow's instance id.</param>
/// <param name="appId">The app that ran it.</param>
/// <param name="name">Its registered name.</param>
/// <param name="activities">The activities it called, in order.</param>
/// <param name="childWorkflows">The child workflows it called, in order.</param>
public sealed class PropagatedHistoryEvent(
    string instanceId,
    string appId,
    string name,
    IReadOnlyList<PropagatedHistoryActivityResult> activities,
    IReadOnlyList<PropagatedHistoryWorkflowResult> childWorkflows)
{
    /// <summary>The workflow's instance id.</summary>
    public string InstanceId { get; } = instanceId;

    /// <summary>The app that ran it.</summary>
    public string AppId { get; } = appId;

    /// <summary>Its registered name.</summary>
    public string Name { get; } = name;

    /// <summary>The activities it called, in order.</summary>
    public IReadOnlyList<PropagatedHistoryActivityResult> Activities { get; } = activities;

    /// <summary>The child workflows it called, in order.</summary>
    public IReadOnlyList<PropagatedHistoryWorkflowResult> Workflows { get; } = childWorkflows;

    /// <summary>The calls of one activity.</summary>
    /// <param name="name">The activity's name; upper and lower case are one.</param>
    /// <returns>The calls, in order.</returns>
    public IReadOnlyList<PropagatedHistoryActivityResult> GetActivitiesByName(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return [.. Activities.Where(call => call.Name.Equals(name, StringComparison.OrdinalIgnoreCase))];
    }

    /// <summary>The newest call of one activity.</summary>
    /// <param name="name">The activity's name; upper and lower case are one.</param>
    /// <param name="result">The call, when there is one.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGetLastActivityByName(string name, [NotNullWhen(true)] out PropagatedHistoryActivityResult? result)
    {
        result = GetActivitiesByName(name) is [.., var last] ? last : null;
        return result is not null;
    }

    /// <summary>The calls of one child workflow.</summary>
    /// <param name="name">The workflow's name; upper and lower case are one.</param>
    /// <returns>The calls, in order.</returns>
    public IReadOnlyList<PropagatedHistoryWorkflowResult> GetWorkflowsByName(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return [.. Workflows.Where(call => call.Name.Equals(name, StringComparison.OrdinalIgnoreCase))];
    }

    /// <summary>The newest call of one child workflow.</summary>
    /// <param name="name">The workflow's name; upper and lower case are one.</param>
    /// <param name="result">The call, when there is one.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGetLastWorkflowByName(string name, [NotNullWhen(true)] out PropagatedHistoryWorkflowResult? result)
    {
        result = GetWorkflowsByName(name) is [.., var last] ? last : null;
        return result is not null;
    }
}
