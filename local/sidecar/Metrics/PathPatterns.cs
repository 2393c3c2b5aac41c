namespace NexusCart.Sidecar.Metrics;

/// <summary>
/// Patterns of paths as Go's ServeMux has them: <c>{name}</c> is one segment, <c>{name...}</c> and a trailing slash the rest,
/// <c>{$}</c> the end. Of several that match the most specific one counts.
/// </summary>
internal sealed class PathPatterns
{
    private const string InvokePrefix = "/v1.0/invoke/";
    private readonly List<(string Text, string[] Segments)> _patterns;

    /// <param name="patterns">The patterns; each counts for invocations of any app as well.</param>
    public PathPatterns(IReadOnlyList<string> patterns)
    {
        var texts = patterns.Select(WithSlash)
            .SelectMany(pattern => pattern.StartsWith(InvokePrefix, StringComparison.Ordinal) ? [pattern] : new[] { pattern, InvokePrefix + "{app_id}/method" + pattern })
            .Distinct(StringComparer.Ordinal);
        _patterns = [.. texts.Select(text => (text, text[1..].Split('/'))).OrderBy(pattern => pattern.Item2, Comparer<string[]>.Create(BySpecificity))];
    }

    /// <summary>Whether there are any.</summary>
    public bool Any => _patterns.Count > 0;

    /// <summary>The pattern that a path matches; null when none does.</summary>
    public string? Match(ReadOnlySpan<char> path)
    {
        foreach (var (text, segments) in _patterns)
        {
            if (Matches(segments, path))
                return text;
        }

        return null;
    }

    private static string WithSlash(string pattern) => pattern.StartsWith('/') ? pattern : "/" + pattern;

    private static bool Matches(string[] segments, ReadOnlySpan<char> path)
    {
        var rest = path.StartsWith("/") ? path[1..] : path;
        var hasMore = true;
        for (var i = 0; i < segments.Length; i++)
        {
            if (!hasMore)
                return false;
            if (IsRest(segments[i], i == segments.Length - 1))
                return true;
            if (segments[i] == "{$}")
                return rest.IsEmpty;
            var slash = rest.IndexOf('/');
            var part = slash < 0 ? rest : rest[..slash];
            if (IsWildcard(segments[i]) ? part.IsEmpty : !part.SequenceEqual(segments[i]))
                return false;
            hasMore = slash >= 0;
            rest = hasMore ? rest[(slash + 1)..] : default;
        }

        return !hasMore;
    }

    private static bool IsRest(string segment, bool isLast) =>
        isLast && (segment.Length == 0 || segment.EndsWith("...}", StringComparison.Ordinal));

    private static bool IsWildcard(string segment) => segment.StartsWith('{') && segment.EndsWith('}');

    // Segment by segment: text before a wildcard, a wildcard before a rest.
    private static int BySpecificity(string[] one, string[] other)
    {
        for (var i = 0; i < Math.Min(one.Length, other.Length); i++)
        {
            var order = Rank(one, i).CompareTo(Rank(other, i));
            if (order != 0)
                return order;
        }

        return other.Length.CompareTo(one.Length);
    }

    private static int Rank(string[] segments, int i) =>
        IsRest(segments[i], i == segments.Length - 1) ? 2 : IsWildcard(segments[i]) ? 1 : 0;
}
