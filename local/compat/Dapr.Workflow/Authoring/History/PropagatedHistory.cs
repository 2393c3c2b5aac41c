using System.Diagnostics.CodeAnalysis;

namespace Dapr.Workflow;

/// <summary>The history that a caller handed down: one entry per workflow of the lineage.</summary>
/// <param name="events">The entries, oldest first.</param>
public sealed class PropagatedHistory(IReadOnlyList<PropagatedHistoryEvent> events)
{
    /// <summary>The entries, oldest first.</summary>
    public IReadOnlyList<PropagatedHistoryEvent> Events { get; } = events ?? throw new ArgumentNullException(nameof(events));

    /// <summary>The apps that took part, each once, in order of appearance.</summary>
    /// <returns>App ids.</returns>
    public IReadOnlyList<string> GetAppIds() =>
        [.. Events.Select(static entry => entry.AppId).Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>The entries of the workflows with a name.</summary>
    /// <param name="name">The workflow's name; upper and lower case are one.</param>
    /// <returns>The entries, oldest first.</returns>
    public IReadOnlyList<PropagatedHistoryEvent> GetEventsByWorkflowName(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return [.. Events.Where(entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase))];
    }

    /// <summary>The newest entry of the workflows with a name.</summary>
    /// <param name="name">The workflow's name; upper and lower case are one.</param>
    /// <param name="result">The entry, when there is one.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGetLastWorkflowEventByName(string name, [NotNullWhen(true)] out PropagatedHistoryEvent? result)
    {
        result = GetEventsByWorkflowName(name) is [.., var last] ? last : null;
        return result is not null;
    }

    /// <summary>The entries of one app.</summary>
    /// <param name="appId">The app; upper and lower case are one.</param>
    /// <returns>The entries, oldest first.</returns>
    public IReadOnlyList<PropagatedHistoryEvent> GetByAppId(string appId)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(appId);
        return [.. Events.Where(entry => entry.AppId.Equals(appId, StringComparison.OrdinalIgnoreCase))];
    }

    /// <summary>The entries of one instance.</summary>
    /// <param name="instanceId">The instance's id.</param>
    /// <returns>The entries, oldest first.</returns>
    public IReadOnlyList<PropagatedHistoryEvent> GetByInstanceId(string instanceId)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(instanceId);
        return [.. Events.Where(entry => entry.InstanceId.Equals(instanceId, StringComparison.Ordinal))];
    }
}
