using System.Text.Json;
using System.Text.Json.Nodes;

namespace NexusCart.Notifications.Domain;

/// <summary>Blacks out what is secret in an event before people see it.</summary>
public static class Redaction
{
    /// <summary>What stands in its place.</summary>
    public const string Mark = "[redacted]";

    /// <summary>Parts of names of members whose values open something.</summary>
    private static readonly string[] Secret = ["ticket", "secret", "token", "password", "authorization", "apikey", "credential", "signature"];

    /// <summary>The value without the values of members whose names say that they are secret.</summary>
    public static string Apply(JsonElement value)
    {
        var node = JsonNode.Parse(value.GetRawText());
        Walk(node);
        return node?.ToJsonString() ?? "null";
    }

    private static void Walk(JsonNode? node)
    {
        if (node is JsonArray items)
        {
            foreach (var item in items)
                Walk(item);
        }

        if (node is not JsonObject members)
            return;
        foreach (var (name, member) in members.ToList())
        {
            if (member is not null && IsSecret(name))
                members[name] = Mark;
            else
                Walk(member);
        }
    }

    private static bool IsSecret(string name)
    {
        var letters = string.Concat(name.Where(char.IsAsciiLetter));
        return Secret.Any(part => letters.Contains(part, StringComparison.OrdinalIgnoreCase));
    }
}
