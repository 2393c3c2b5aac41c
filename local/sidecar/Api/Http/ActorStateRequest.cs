using System.Text.Json;
using NexusCart.Sidecar.Json;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>
/// Checks the request part of an operation in an actor's state transaction. daprd looks at it only when it carries the operation
/// out, so that what is wrong with it comes after everything else, in the words of the library that reads it there.
/// </summary>
internal static class ActorStateRequest
{
    /// <summary>What is wrong with a request; null when nothing is.</summary>
    /// <param name="request">The request; not null.</param>
    /// <param name="isUpsert">Whether it is read with value and metadata; a delete has none.</param>
    public static string? FaultOf(JsonElement request, bool isUpsert)
    {
        if (request.ValueKind != JsonValueKind.Object)
            return NoMap("", request);
        var faults = new List<string>();
        AddUnlessText(faults, "Key", ActorBodies.Member(request, "key"));
        AddUnlessText(faults, "ETag", ActorBodies.Member(request, "etag"));
        if (isUpsert && ActorBodies.Member(request, "metadata") is { ValueKind: not JsonValueKind.Null } metadata)
            AddMetadata(faults, metadata);
        return faults.Count == 0
            ? null
            : $"{faults.Count} error(s) decoding:\n\n{string.Join('\n', faults.Order(StringComparer.Ordinal).Select(fault => "* " + fault))}";
    }

    private static void AddMetadata(List<string> faults, JsonElement metadata)
    {
        if (metadata.ValueKind != JsonValueKind.Object)
        {
            faults.Add(NoMap("Metadata", metadata));
            return;
        }

        foreach (var item in metadata.EnumerateObject())
            AddUnlessText(faults, $"Metadata[{item.Name}]", item.Value);
    }

    private static void AddUnlessText(List<string> faults, string name, JsonElement? value)
    {
        if (value is { ValueKind: not (JsonValueKind.String or JsonValueKind.Null) } other)
            faults.Add($"'{name}' expected type 'string', got unconvertible type '{TypeOf(other)}', value: '{GoText.Print(other)}'");
    }

    private static string NoMap(string name, JsonElement value) => $"'{name}' expected a map, got '{KindOf(value)}'";

    private static string TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "map[string]interface {}",
        JsonValueKind.Array => "[]interface {}",
        _ => KindOf(value),
    };

    private static string KindOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => "float64",
        JsonValueKind.Array => "slice",
        JsonValueKind.String => "string",
        _ => "bool",
    };
}
