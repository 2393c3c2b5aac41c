using System.Text.RegularExpressions;

namespace NexusCart.Gateway.OpenApi;

/// <summary>
/// The comments of the .proto files, by full name: "nexuscart.catalog.v1.Product.sku". Descriptors in generated code carry none.
/// </summary>
internal sealed partial class ProtoComments
{
    private readonly Dictionary<string, string> _comments = new(StringComparer.Ordinal);

    /// <summary>Reads the files embedded in this program.</summary>
    public static ProtoComments Embedded()
    {
        var comments = new ProtoComments();
        var assembly = typeof(ProtoComments).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.EndsWith(".proto", StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            comments.Read(reader.ReadToEnd());
        }
        return comments;
    }

    /// <summary>A name's comment, null where it has none.</summary>
    public string? this[string fullName] => _comments.GetValueOrDefault(fullName);

    /// <summary>Reads one file: a comment belongs to the declaration that follows it without a blank line.</summary>
    public void Read(string proto)
    {
        var package = "";
        var scope = new Stack<string>();
        var pending = new List<string>();
        foreach (var raw in proto.Split('\n'))
        {
            var line = raw.Trim();
            if (line.StartsWith("//", StringComparison.Ordinal))
            {
                pending.Add(line[2..].Trim());
                continue;
            }
            if (line.StartsWith("package ", StringComparison.Ordinal)) package = line["package ".Length..].TrimEnd(';', ' ');
            if (Name(line) is { } name)
            {
                if (pending.Count > 0) _comments[string.Join('.', scope.Reverse().Prepend(package).Append(name))] = string.Join(' ', pending);
            }
            // A declaration that opens more than it closes becomes the scope of what follows.
            var depth = line.Count(c => c == '{') - line.Count(c => c == '}');
            for (; depth > 0; depth--) scope.Push(Name(line) ?? "");
            for (; depth < 0 && scope.Count > 0; depth++) scope.Pop();
            pending.Clear();
        }
    }

    private static string? Name(string line)
    {
        var match = Declaration().Match(line);
        if (!match.Success) return null;
        return match.Groups["type"].Success ? match.Groups["type"].Value : match.Groups["field"].Value;
    }

    [GeneratedRegex(@"^(?:(?:message|enum|service|rpc|oneof)\s+(?<type>\w+)|(?:repeated\s+|optional\s+)?(?:map<[^>]+>|[\w.]+)\s+(?<field>\w+)\s*=\s*\d+|(?<field>[A-Z0-9_]+)\s*=\s*\d+)")]
    private static partial Regex Declaration();
}
