using System.Text.Json.Nodes;

namespace NexusCart.Tests.Sidecar.Conformance;

/// <summary>JSON with a space behind commas and colons, as the stub app of the recordings wrote it: some cases compare the text.</summary>
internal static class SpacedJson
{
    public static string Write(JsonNode? node) => node switch
    {
        JsonObject members => "{" + string.Join(", ", members.Select(member => $"{Text(member.Key)}: {Write(member.Value)}")) + "}",
        JsonArray items => "[" + string.Join(", ", items.Select(Write)) + "]",
        JsonValue value when value.TryGetValue<string>(out var text) => Text(text),
        _ => node?.ToJsonString() ?? "null",
    };

    // Only quotes, backslashes and what lies outside of ASCII are escaped.
    private static string Text(string text) => "\"" + string.Concat(text.Select(Escape)) + "\"";

    private static string Escape(char c) => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        < ' ' or > '~' => $"\\u{(int)c:x4}",
        _ => c.ToString(),
    };
}
