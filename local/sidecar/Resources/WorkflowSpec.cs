using System.Collections.Frozen;

namespace NexusCart.Sidecar.Resources;

/// <summary><c>spec.workflow</c> of a Configuration: how much of an app's workflows runs at once, and how long ended ones are kept.</summary>
public sealed record WorkflowSpec
{
    /// <summary>Turns with workers at once, for each sidecar of the app; null: no limit.</summary>
    public int? MaxTurns { get; init; }

    /// <summary>Activities with workers at once, for each sidecar of the app; null: no limit.</summary>
    public int? MaxActivities { get; init; }

    /// <summary>Turns with workers at once over all sidecars; null: no limit.</summary>
    public int? GlobalMaxTurns { get; init; }

    /// <summary>Activities with workers at once over all sidecars; null: no limit.</summary>
    public int? GlobalMaxActivities { get; init; }

    /// <summary>Turns at once by name of the workflow, over all sidecars.</summary>
    public IReadOnlyDictionary<string, int> TurnsByName { get; init; } = FrozenDictionary<string, int>.Empty;

    /// <summary>Activities at once by name, over all sidecars.</summary>
    public IReadOnlyDictionary<string, int> ActivitiesByName { get; init; } = FrozenDictionary<string, int>.Empty;

    /// <summary>How long ended instances are kept; null: until somebody purges them.</summary>
    public WorkflowRetentionSpec? Retention { get; init; }

    /// <summary>Reads the section.</summary>
    /// <exception cref="ResourceException">A limit is not a positive number, or a time is not a duration.</exception>
    internal static WorkflowSpec Read(YamlMap workflow) => new()
    {
        MaxTurns = Limit(workflow, "maxConcurrentWorkflowInvocations"),
        MaxActivities = Limit(workflow, "maxConcurrentActivityInvocations"),
        GlobalMaxTurns = Limit(workflow, "globalMaxConcurrentWorkflowInvocations"),
        GlobalMaxActivities = Limit(workflow, "globalMaxConcurrentActivityInvocations"),
        TurnsByName = ByName(workflow, "workflowConcurrencyLimits"),
        ActivitiesByName = ByName(workflow, "activityConcurrencyLimits"),
        Retention = workflow.Map("stateRetentionPolicy") is { } policy ? ReadRetention(policy) : null,
    };

    private static int? Limit(YamlMap map, string key) => map.Number(key) switch
    {
        null or 0 => null,
        < 0 => throw new ResourceException($"{map.File}:{map.Line}: '{key}' must not be negative"),
        var limit => limit,
    };

    private static FrozenDictionary<string, int> ByName(YamlMap workflow, string key) => workflow.Maps(key).ToFrozenDictionary(
        static limit => limit.RequiredText("name"),
        static limit => Limit(limit, "maxConcurrent") ?? int.MaxValue,
        StringComparer.Ordinal);

    private static WorkflowRetentionSpec ReadRetention(YamlMap policy) => new(
        Duration(policy, "anyTerminal"), Duration(policy, "completed"), Duration(policy, "failed"), Duration(policy, "terminated"));

    private static TimeSpan? Duration(YamlMap map, string key) => map.Text(key) switch
    {
        null or "" => null,
        var text when GoDuration.TryParse(text, out var duration) && duration >= TimeSpan.Zero => duration,
        var text => throw new ResourceException($"{map.File}:{map.Line}: '{key}' must be a duration such as 24h, not '{text}'"),
    };
}

/// <summary>How long ended instances are kept; null: for ever. What is said of a status is stronger than what is said of all.</summary>
/// <param name="AnyTerminal">Whatever the end.</param>
/// <param name="Completed">Those that came to their end.</param>
/// <param name="Failed">Those that failed.</param>
/// <param name="Terminated">Those that were terminated.</param>
public sealed record WorkflowRetentionSpec(TimeSpan? AnyTerminal, TimeSpan? Completed, TimeSpan? Failed, TimeSpan? Terminated);
