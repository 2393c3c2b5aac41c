using System.Text.Json;
using System.Text.Json.Nodes;

namespace NexusCart.Notifications.Domain;

/// <summary>Whom an event is about.</summary>
/// <param name="Member">The member of its data that says so: <see cref="Redaction.OfUser"/> or <see cref="Redaction.OfOrder"/>.</param>
/// <param name="Id">The account or order.</param>
public sealed record Whom(string Member, string Id);

/// <summary>Blacks out what is secret in an event before people see it, and takes out who it is about once that is to be forgotten.</summary>
public static class Redaction
{
    /// <summary>The member that names an account in its events.</summary>
    public const string OfUser = "userId";

    /// <summary>The member that names an order in its events.</summary>
    public const string OfOrder = "orderId";

    /// <summary>Members that say who somebody is, or hold what he wrote. Empty, they mean to consumers what they would for somebody without an address.</summary>
    private static readonly HashSet<string> Personal = new(StringComparer.OrdinalIgnoreCase)
    {
        "email", "displayName", "fullName", "ticket", "reason", "decision", "trackingNumber",
    };

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

    /// <summary>An event's JSON without what says who somebody is, if its data are about him; else as it is.</summary>
    /// <param name="json">An object with the data in its member <c>data</c>.</param>
    /// <param name="about">Whom to forget; any of them.</param>
    public static string Forget(string json, params IEnumerable<Whom> about)
    {
        // Most are about somebody else: they need not be read.
        var mentioned = about.Where(whom => json.Contains(whom.Id, StringComparison.Ordinal)).ToList();
        if (mentioned.Count == 0 || JsonNode.Parse(json) is not JsonObject envelope || envelope["data"] is not JsonObject data)
            return json;
        if (!mentioned.Exists(whom => data[whom.Member] is JsonValue named && named.TryGetValue<string>(out var id) && id == whom.Id))
            return json;
        var known = data.Where(member => Personal.Contains(member.Key) && member.Value is JsonValue value && !IsEmpty(value)).ToList();
        foreach (var (name, _) in known)
            data[name] = "";
        return known.Count == 0 ? json : envelope.ToJsonString();
    }

    private static bool IsEmpty(JsonValue value) => value.TryGetValue<string>(out var text) && text.Length == 0;

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
