using System.Text.RegularExpressions;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Metrics;

/// <summary>Rewrites label values by the regular expressions of the configuration, when a series is made.</summary>
internal sealed class LabelRules
{
    private const string Prefix = "dapr_";
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<(string Metric, string Label), List<(Regex Pattern, string Replacement)>> _rules = [];

    /// <exception cref="ResourceException">A pattern is no regular expression.</exception>
    public LabelRules(IReadOnlyList<MetricsRule> rules)
    {
        foreach (var rule in rules)
        {
            foreach (var label in rule.Labels)
                _rules[(Normalise(rule.Metric), label.Label)] = [.. label.Patterns.Select(pattern => (Compile(pattern.Value, rule), pattern.Key))];
        }
    }

    /// <summary>The value as the rules want it.</summary>
    public string Apply(string metric, string label, string value)
    {
        if (!_rules.TryGetValue((Normalise(metric), label), out var rules))
            return value;
        foreach (var (pattern, replacement) in rules)
            value = pattern.Replace(value, replacement);
        return value;
    }

    // daprd takes the name with its prefix or without.
    private static string Normalise(string metric) =>
        metric.StartsWith(Prefix, StringComparison.Ordinal) ? metric[Prefix.Length..] : metric;

    private static Regex Compile(string pattern, MetricsRule rule)
    {
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant, Patience);
        }
        catch (ArgumentException e)
        {
            throw new ResourceException($"metrics rule for {rule.Metric}: {e.Message}", e);
        }
    }
}
