using System.Buffers;
using NexusCart.Sidecar.Json;

namespace NexusCart.Sidecar.Actors;

/// <summary>Which names the actor API takes, with daprd's words for those it does not.</summary>
internal static class ActorNames
{
    /// <summary>Prefix of the actor types that belong to the runtime itself.</summary>
    public const string ReservedPrefix = "dapr.internal.";

    /// <summary>Between the parts of composite keys.</summary>
    public const string Separator = "||";

    private static readonly SearchValues<char> NotInNames = SearchValues.Create("#?\0/\\");
    private static readonly SearchValues<char> NotInMethods = SearchValues.Create("#?\0");

    /// <summary>Whether a type is the runtime's own.</summary>
    public static bool IsReserved(string type) => type.StartsWith(ReservedPrefix, StringComparison.Ordinal);

    /// <summary>What is wrong with a type, an id or the name of a timer or reminder; null when nothing is.</summary>
    public static string? FaultOf(string name)
    {
        if (name.AsSpan().ContainsAny(NotInNames))
            return "name contains forbidden character: " + GoText.Quote(name);
        if (ControlCharacter(name) is { } position)
            return $"name contains control character at position {position}: {GoText.Quote(name)}";
        return name is "." or ".." ? "name is a path traversal sequence: " + GoText.Quote(name) : null;
    }

    /// <summary>Cleans a method name of <c>.</c> and <c>..</c> segments; the fault is null when it may be called.</summary>
    public static string? NormalizeMethod(string method, out string normalized)
    {
        normalized = method;
        if (method.AsSpan().ContainsAny(NotInMethods))
            return "method contains forbidden character: " + GoText.Quote(method);
        if (ControlCharacter(method) is { } position)
            return $"method contains control character at position {position}: {GoText.Quote(method)}";
        if (method.Contains('/', StringComparison.Ordinal) || method.StartsWith('.'))
            normalized = Clean(method);
        return null;
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
}
