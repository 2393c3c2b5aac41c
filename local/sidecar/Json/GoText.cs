using System.Text;
using System.Text.Json;

namespace NexusCart.Sidecar.Json;

/// <summary>Text in the words of error messages that Go wrote first.</summary>
internal static class GoText
{
    /// <summary>The text in quotes, escaped as Go's <c>%q</c> does it.</summary>
    public static string Quote(string text)
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

    /// <summary>A JSON value as Go's <c>%v</c> prints what it decodes to: <c>map[a:1 b:[x y]]</c>.</summary>
    public static string Print(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => $"map[{string.Join(' ', value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal).Select(member => $"{member.Name}:{Print(member.Value)}"))}]",
        JsonValueKind.Array => $"[{string.Join(' ', value.EnumerateArray().Select(Print))}]",
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => GoJson.Format(value.GetDouble()),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "<nil>",
    };
}
