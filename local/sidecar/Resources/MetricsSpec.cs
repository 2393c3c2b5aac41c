namespace NexusCart.Sidecar.Resources;

/// <summary><c>spec.metrics</c> (or <c>spec.metric</c>) of a Configuration: what is measured, and with which labels.</summary>
public sealed record MetricsSpec
{
    /// <summary>Whether anything is measured; null when not said, which means yes.</summary>
    public bool? Enabled { get; init; }

    /// <summary>Whether errors are counted by their code; null when not said, which means no.</summary>
    public bool? RecordErrorCodes { get; init; }

    /// <summary>Whether HTTP metrics carry the path as it came; null when not said, which means yes.</summary>
    public bool? IncreasedCardinality { get; init; }

    /// <summary>Paths such as <c>/orders/{id}</c> that stand for all paths they match.</summary>
    public IReadOnlyList<string> PathMatching { get; init; } = [];

    /// <summary>Whether HTTP metrics leave the verb out; null when not said, which means no.</summary>
    public bool? ExcludeVerbs { get; init; }

    /// <summary>Upper bounds of the latency histograms, in milliseconds, ascending; empty for the default ones.</summary>
    public IReadOnlyList<double> LatencyBuckets { get; init; } = [];

    /// <summary>The same for how long workflows and activities take; empty for those of <see cref="LatencyBuckets"/>.</summary>
    public IReadOnlyList<double> WorkflowLatencyBuckets { get; init; } = [];

    /// <summary>Rewrites of label values.</summary>
    public IReadOnlyList<MetricsRule> Rules { get; init; } = [];

    /// <summary>Reads the section on top of what earlier ones say.</summary>
    /// <exception cref="ResourceException">A value is of the wrong kind, or the buckets do not ascend.</exception>
    internal static MetricsSpec Read(YamlMap map, MetricsSpec earlier)
    {
        var http = map.Map("http");
        var workflow = map.Map("workflow");
        return new MetricsSpec
        {
            Enabled = map.Flag("enabled") ?? earlier.Enabled,
            RecordErrorCodes = map.Flag("recordErrorCodes") ?? earlier.RecordErrorCodes,
            IncreasedCardinality = http?.Flag("increasedCardinality") ?? earlier.IncreasedCardinality,
            PathMatching = http?.Has("pathMatching") == true ? http.Texts("pathMatching") : earlier.PathMatching,
            ExcludeVerbs = http?.Flag("excludeVerbs") ?? earlier.ExcludeVerbs,
            LatencyBuckets = Buckets(map, TimeSpan.FromMilliseconds(1)) ?? earlier.LatencyBuckets,
            WorkflowLatencyBuckets = (workflow is null ? null : Buckets(workflow, Unit(workflow))) ?? earlier.WorkflowLatencyBuckets,
            Rules = map.Has("rules") ? [.. map.Maps("rules").Select(ReadRule)] : earlier.Rules,
        };
    }

    private static TimeSpan Unit(YamlMap workflow) => workflow.Text("latencyDistributionUnits") switch
    {
        null or "" => TimeSpan.FromMilliseconds(1),
        var text when GoDuration.TryParse(text, out var unit) && unit > TimeSpan.Zero => unit,
        var text => throw new ResourceException($"{workflow.File}:{workflow.Line}: 'latencyDistributionUnits' must be a duration such as 1s, not '{text}'"),
    };

    private static List<double>? Buckets(YamlMap map, TimeSpan unit)
    {
        const string Key = "latencyDistributionBuckets";
        if (map.Texts(Key) is not { Count: > 0 } texts)
            return null;
        var buckets = texts.Select(text => int.TryParse(text, out var bound)
            ? bound * unit.TotalMilliseconds
            : throw new ResourceException($"{map.File}:{map.Line}: '{Key}' must be whole numbers, not '{text}'")).ToList();
        return buckets.Zip(buckets.Skip(1)).All(pair => pair.First < pair.Second)
            ? buckets
            : throw new ResourceException($"{map.File}:{map.Line}: '{Key}' must ascend");
    }

    private static MetricsRule ReadRule(YamlMap rule) => new(
        rule.RequiredText("name"),
        [.. rule.Maps("labels").Select(label => new MetricsLabelRule(label.RequiredText("name"), label.TextMap("regex")))]);
}

/// <summary>Rewrites of the label values of one metric.</summary>
/// <param name="Metric">Its name, such as <c>dapr_http_server_request_count</c>.</param>
/// <param name="Labels">The labels.</param>
public sealed record MetricsRule(string Metric, IReadOnlyList<MetricsLabelRule> Labels);

/// <summary>Rewrites of one label.</summary>
/// <param name="Label">Its name.</param>
/// <param name="Patterns">Regular expressions by what replaces their matches.</param>
public sealed record MetricsLabelRule(string Label, IReadOnlyDictionary<string, string> Patterns);
