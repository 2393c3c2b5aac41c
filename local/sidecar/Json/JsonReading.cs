using System.Text.Json;

namespace NexusCart.Sidecar.Json;

/// <summary>Reads members of request bodies as Go's decoder does: names without regard to case, a wrong type is an error that names the member.</summary>
internal static class JsonReading
{
    /// <summary>The member, or null when it is absent or null.</summary>
    public static JsonElement? Member(this JsonElement owner, string name)
    {
        if (owner.ValueKind != JsonValueKind.Object)
            return null;
        if (owner.TryGetProperty(name, out var exact))
            return exact.ValueKind == JsonValueKind.Null ? null : exact;
        foreach (var member in owner.EnumerateObject())
        {
            if (member.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return member.Value.ValueKind == JsonValueKind.Null ? null : member.Value;
        }

        return null;
    }

    /// <summary>A string member; empty when absent.</summary>
    public static string Text(this JsonElement owner, string name) => owner.Member(name) switch
    {
        null => "",
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { } other => throw Wrong(name, other, "string"),
    };

    /// <summary>A member that is an array; empty when absent.</summary>
    public static IEnumerable<JsonElement> Array(this JsonElement owner, string name) => owner.Member(name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } array => array.EnumerateArray(),
        { } other => throw Wrong(name, other, "array"),
    };

    /// <summary>A member that maps names to strings; null when absent.</summary>
    public static Dictionary<string, string>? TextMap(this JsonElement owner, string name)
    {
        if (owner.Member(name) is not { } map)
            return null;
        if (map.ValueKind != JsonValueKind.Object)
            throw Wrong(name, map, "map[string]string");
        var result = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var member in map.EnumerateObject())
        {
            result[member.Name] = member.Value.ValueKind switch
            {
                JsonValueKind.String => member.Value.GetString()!,
                JsonValueKind.Null => "",
                _ => throw Wrong($"{name}.{member.Name}", member.Value, "string"),
            };
        }

        return result;
    }

    /// <summary>A member that is a whole number; 0 when absent.</summary>
    public static int Integer(this JsonElement owner, string name) => owner.Member(name) switch
    {
        null => 0,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt32(out var value) => value,
        { } other => throw Wrong(name, other, "int"),
    };

    /// <summary>A body that must be an object; nothing at all counts as an empty one.</summary>
    public static JsonElement RequireObject(this JsonElement body, string type) => body.ValueKind is JsonValueKind.Object or JsonValueKind.Null
        ? body
        : throw Wrong("", body, type);

    /// <summary>The error of a value that has another type than it should.</summary>
    public static JsonException Wrong(string name, JsonElement value, string type)
    {
        var kind = value.ValueKind is JsonValueKind.True or JsonValueKind.False ? "bool" : value.ValueKind.ToString().ToLowerInvariant();
        return new JsonException($"json: cannot unmarshal {kind} into Go struct field .{name} of type {type}");
    }
}
