using System.Collections.Concurrent;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Metrics;

/// <summary>
/// The value of the label <c>path</c>: without keys, actor ids and instance ids, or the pattern a path matches, or nothing, as the
/// configuration asks. A path that was seen before costs no allocation.
/// </summary>
internal sealed class PathLabels
{
    // Every path of its own is a histogram of its own: what ids in paths would make of it no machine has the memory for.
    private const int Limit = 5_000;
    private const int LongestPath = 512;
    private const int MostParts = 6;

    private static readonly string[] Fixed = ["/dapr/config", "/dapr/metrics", "/dapr/subscribe", "/healthz"];

    private readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly PathPatterns _patterns;
    private readonly bool _isFull;
    private readonly bool _isLimited;
    private readonly Action _onLimit;
    private int _count;
    private int _said;

    /// <param name="spec">What the configuration says.</param>
    /// <param name="isLimited">Whether there is an end to the number of paths: not when rules shorten them.</param>
    /// <param name="onLimit">Called once when there were too many.</param>
    public PathLabels(MetricsSpec spec, bool isLimited, Action onLimit)
    {
        _patterns = new PathPatterns(spec.PathMatching);
        _isFull = spec.IncreasedCardinality ?? true;
        (_isLimited, _onLimit) = (isLimited, onLimit);
        _lookup = _known.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The label of a request's path.</summary>
    public string Of(ReadOnlySpan<char> path)
    {
        if (path.Length == 0 || (!_isFull && !_patterns.Any))
            return "";
        if (_patterns.Any && (FixedOf(path) ?? _patterns.Match(path)) is { } matched)
            return matched;
        Span<char> buffer = stackalloc char[LongestPath];
        var label = Shorten(path, buffer);
        if (_patterns.Any && _patterns.Match(label) is { } pattern and not "/")
            return pattern;
        return _isFull ? Known(label) : "";
    }

    /// <summary>Takes out what differs from call to call.</summary>
    private static ReadOnlySpan<char> Shorten(ReadOnlySpan<char> path, Span<char> buffer)
    {
        if (path.Length >= LongestPath - 32)
            return path;
        Span<Range> parts = stackalloc Range[MostParts];
        var text = path[0] == '/' ? path[1..] : path;
        var count = text.Split(parts, '/');
        if (count < 3)
            return path;
        if (text[parts[0]].SequenceEqual("actors"))
            return Join(text, parts[..count], buffer, slash: false, (2, "{id}"));
        return text[parts[1]] switch
        {
            "state" or "secrets" => path[..(path.Length - text.Length + parts[2].End.Value)],
            "actors" when count >= 5 => Join(text, parts[..5], buffer, slash: true, (3, "{id}")),
            "workflows" when count >= 4 => ShortenWorkflow(text, parts[..count], buffer),
            _ => path,
        };
    }

    private static ReadOnlySpan<char> ShortenWorkflow(ReadOnlySpan<char> text, scoped ReadOnlySpan<Range> parts, Span<char> buffer)
    {
        if (parts.Length == 4)
            return Join(text, parts, buffer, slash: true, (3, "{instanceId}"));
        var verb = text[parts[4]];
        if (parts.Length == 5 && verb.StartsWith("start"))
            return Join(text, parts[..5], buffer, slash: true, (4, "start"));
        return parts.Length == 6 && verb.SequenceEqual("raiseEvent") && !text[parts[5]].IsEmpty
            ? Join(text, parts[..6], buffer, slash: true, (3, "{instanceId}"), (5, "{eventName}"))
            : Join(text, parts[..5], buffer, slash: true, (3, "{instanceId}"));
    }

    private static ReadOnlySpan<char> Join(
        ReadOnlySpan<char> text, scoped ReadOnlySpan<Range> parts, Span<char> buffer, bool slash, params scoped ReadOnlySpan<(int Index, string Text)> replaced)
    {
        var length = 0;
        for (var i = 0; i < parts.Length; i++)
        {
            if (i > 0 || slash)
                buffer[length++] = '/';
            var part = text[parts[i]];
            foreach (var (index, other) in replaced)
            {
                if (index == i)
                    part = other;
            }

            part.CopyTo(buffer[length..]);
            length += part.Length;
        }

        return buffer[..length];
    }

    private static string? FixedOf(ReadOnlySpan<char> path)
    {
        foreach (var known in Fixed)
        {
            if (path.SequenceEqual(known))
                return known;
        }

        return null;
    }

    private string Known(ReadOnlySpan<char> label)
    {
        if (_lookup.TryGetValue(label, out var known))
            return known;
        var text = label.ToString();
        if (!_isLimited)
            return text;
        if (Volatile.Read(ref _count) >= Limit)
        {
            if (Interlocked.Exchange(ref _said, 1) == 0)
                _onLimit();
            return "";
        }

        if (_known.TryAdd(text, text))
            Interlocked.Increment(ref _count);
        return text;
    }
}
