using System.Buffers;
using System.Text;

namespace NexusCart.Sidecar.Actors;

/// <summary>Which names the actor API takes, with daprd's words for those it does not.</summary>
internal static class ActorNames
{
    /// <summary>Prefix of the actor types that belong to the runtime itself.</summary>
    public const string ReservedPrefix = "dapr.internal.";

    /// <summary>Between the parts of composite keys.</summary>
    public const string Separator = "||";

    private const int LongestSegment = 253;

    private static readonly SearchValues<char> NotInNames = SearchValues.Create("#?\0/\\");
    private static readonly SearchValues<char> NotInMethods = SearchValues.Create("#?\0");

    /// <summary>Whether a type is the runtime's own.</summary>
    public static bool IsReserved(string type) => type.StartsWith(ReservedPrefix, StringComparison.Ordinal);

    /// <summary>What is wrong with a type, an id or the name of a timer or reminder; null when nothing is.</summary>
    public static string? FaultOf(string name)
    {
        if (name.AsSpan().ContainsAny(NotInNames))
            return "name contains forbidden character: " + Quote(name);
        if (ControlCharacter(name) is { } position)
            return $"name contains control character at position {position}: {Quote(name)}";
        return name is "." or ".." ? "name is a path traversal sequence: " + Quote(name) : null;
    }

    /// <summary>Cleans a method name of <c>.</c> and <c>..</c> segments; the fault is null when it may be called.</summary>
    public static string? NormalizeMethod(string method, out string normalized)
    {
        normalized = method;
        if (method.AsSpan().ContainsAny(NotInMethods))
            return "method contains forbidden character: " + Quote(method);
        if (ControlCharacter(method) is { } position)
            return $"method contains control character at position {position}: {Quote(method)}";
        if (method.Contains('/', StringComparison.Ordinal) || method.StartsWith('.'))
            normalized = Clean(method);
        return null;
    }

    /// <summary>
    /// Whether the parts can make the key of a reminder: like daprd's scheduler, which takes per part what a DNS name takes, and
    /// besides <c>_ : -</c> and spaces anywhere.
    /// </summary>
    public static string? FaultOfReminderKey(params ReadOnlySpan<string> parts)
    {
        foreach (var part in parts)
        {
            foreach (var segment in part.Split(Separator))
            {
                if (!IsDnsName(segment))
                    return "job name is invalid " + Quote(part);
            }
        }

        return null;
    }

    private static bool IsDnsName(string segment)
    {
        var length = 0;
        var afterDot = true;
        foreach (var c in segment)
        {
            if (c is '_' or ':' or '-' or ' ')
                continue;
            length++;
            if (c == '.' ? afterDot : !char.IsAsciiLetterOrDigit(c))
                return false;
            afterDot = c == '.';
        }

        return !afterDot && length <= LongestSegment;
    }

    private static int? ControlCharacter(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is < ' ' or '\x7f')
                return i;
        }

        return null;
    }

    private static string Clean(string method)
    {
        var rooted = method.StartsWith('/');
        var kept = new List<string>();
        foreach (var segment in method.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment == ".")
                continue;
            if (segment != "..")
                kept.Add(segment);
            else if (kept.Count > 0)
                kept.RemoveAt(kept.Count - 1);
        }

        return (rooted ? "/" : "") + string.Join('/', kept);
    }

    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                < ' ' or '\x7f' => quoted.Append($"\\x{(int)c:x2}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }
}
