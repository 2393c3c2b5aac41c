using NexusCart.Sidecar.Cel;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.PubSub.Delivery;

/// <summary>A subscription's routes, ready to match.</summary>
internal sealed class TopicRoutes
{
    private readonly List<(CelExpression? Match, string Path)> _rules;

    /// <exception cref="CelException">A rule is no expression.</exception>
    public TopicRoutes(SubscriptionRoutes routes)
    {
        _rules = [.. routes.Rules.Select(rule =>
            (rule.Match.Trim() is { Length: > 0 } match ? CelExpression.Parse(match) : null, rule.Path))];
        if (routes.DefaultPath is { } path)
            _rules.Add((null, path));
    }

    /// <summary>Whether it leads anywhere at all.</summary>
    public bool IsEmpty => _rules.Count == 0;

    /// <summary>The path of the first rule that matches, or null.</summary>
    /// <param name="members">Gives the event the rules are about; not asked when no rule looks at it.</param>
    /// <exception cref="CelException">A rule has no answer for the event (a member is missing): routing stops there.</exception>
    public string? Find(Func<object?> members)
    {
        object? value = null;
        foreach (var (match, path) in _rules)
        {
            if (match is null)
                return path;
            value ??= members();
            if (match.EvaluateBoolean(name => name == "event" ? value : throw new CelException($"no such attribute: {name}")))
                return path;
        }

        return null;
    }
}
