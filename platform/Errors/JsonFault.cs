using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Http;

namespace NexusCart.Platform.Errors;

/// <summary>Says where a JSON body does not fit the message it is meant for.</summary>
internal static class JsonFault
{
    private const string NoText = "is no Unicode text: it has half of a surrogate pair";

    /// <summary>The first fault of a body, in document order; null where it fits as far as this can see.</summary>
    public static Problem? Find(ReadOnlyMemory<byte> json, MessageDescriptor message)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? FindIn(document.RootElement, message, "")
                : new Problem(StatusCodes.Status400BadRequest, "The body must be a JSON object.");
        }
        catch (JsonException fault)
        {
            return new Problem(StatusCodes.Status400BadRequest, json.IsEmpty
                ? "The body is empty; a JSON object is needed."
                : string.Create(CultureInfo.InvariantCulture,
                    $"The body is not well-formed JSON: line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}."));
        }
        catch (InvalidOperationException)
        {
            // A field's name, which therefore cannot be told.
            return new Problem(StatusCodes.Status400BadRequest, $"The body has a field whose name {NoText}.");
        }
    }

    /// <summary>The first path or query parameter that does not fit its field; null where all do as far as this can see.</summary>
    public static Problem? FindInParameters(HttpRequest request, MessageDescriptor message)
    {
        var parameters = request.RouteValues.Select(value => (value.Key, Text: value.Value as string))
            .Concat(request.Query.Select(value => (value.Key, Text: value.Value.FirstOrDefault())));
        foreach (var (name, text) in parameters)
        {
            var field = message.Fields.InDeclarationOrder().FirstOrDefault(f => f.JsonName == name || f.Name == name);
            if (field is null || text is null || field.IsMap) continue;
            var value = field.FieldType == FieldType.Bool && bool.TryParse(text, out var flag)
                ? JsonSerializer.SerializeToElement(flag) : JsonSerializer.SerializeToElement(text);
            if (FindInValue(value, field, field.JsonName) is { } found) return found;
        }
        return null;
    }

    private static Problem? FindIn(JsonElement element, MessageDescriptor message, string path)
    {
        foreach (var property in element.EnumerateObject())
        {
            var field = message.Fields.InDeclarationOrder().FirstOrDefault(f => f.JsonName == property.Name || f.Name == property.Name);
            if (field is null || property.Value.ValueKind == JsonValueKind.Null) continue;
            var found = FindInField(property.Value, field, path + field.JsonName);
            if (found is not null) return found;
        }
        return null;
    }

    private static Problem? FindInField(JsonElement value, FieldDescriptor field, string path)
    {
        if (field.IsMap)
        {
            if (value.ValueKind != JsonValueKind.Object) return Problem.Invalid(path, "must be an object");
            var inner = field.MessageType.FindFieldByNumber(2);
            return value.EnumerateObject().Select(entry => FindInValue(entry.Value, inner, $"{path}.{entry.Name}")).FirstOrDefault(p => p is not null);
        }
        if (!field.IsRepeated) return FindInValue(value, field, path);
        if (value.ValueKind != JsonValueKind.Array) return Problem.Invalid(path, "must be an array");
        return value.EnumerateArray().Select((item, index) => FindInValue(item, field, $"{path}[{index}]")).FirstOrDefault(p => p is not null);
    }

    private static Problem? FindInValue(JsonElement value, FieldDescriptor field, string path)
    {
        if (value.ValueKind == JsonValueKind.String && !IsText(value)) return Problem.Invalid(path, NoText);
        if (field.FieldType == FieldType.Message)
        {
            var wellKnown = field.MessageType.File.Package == "google.protobuf";
            if (wellKnown) return Parses(value, field.MessageType) ? null : Problem.Invalid(path, $"is no {field.MessageType.Name.ToLowerInvariant()}");
            return value.ValueKind == JsonValueKind.Object
                ? FindIn(value, field.MessageType, path + ".") : Problem.Invalid(path, "must be an object");
        }

        var wanted = field.FieldType switch
        {
            FieldType.String => value.ValueKind == JsonValueKind.String ? null : "must be a string",
            FieldType.Bool => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : "must be true or false",
            FieldType.Bytes => value.ValueKind == JsonValueKind.String && value.TryGetBytesFromBase64(out _) ? null : "must be base64",
            FieldType.Enum => value.ValueKind == JsonValueKind.Number || (value.ValueKind == JsonValueKind.String
                && field.EnumType.FindValueByName(value.GetString()!) is not null)
                ? null : "must be one of " + string.Join(", ", field.EnumType.Values.Select(v => v.Name)),
            FieldType.Double or FieldType.Float => Text(value) is { } text && double.TryParse(text, CultureInfo.InvariantCulture, out _)
                ? null : "must be a number",
            FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => Whole(value, long.MinValue, long.MaxValue),
            FieldType.UInt64 or FieldType.Fixed64 => Whole(value, 0, ulong.MaxValue),
            FieldType.UInt32 or FieldType.Fixed32 => Whole(value, 0, uint.MaxValue),
            _ => Whole(value, int.MinValue, int.MaxValue),
        };
        return wanted is null ? null : Problem.Invalid(path, wanted);
    }

    /// <summary>JSON may escape half of a surrogate pair, which no text has.</summary>
    private static bool IsText(JsonElement value)
    {
        try
        {
            return value.GetString() is not null;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string? Whole(JsonElement value, decimal least, decimal most) =>
        decimal.TryParse(Text(value), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most && decimal.Truncate(number) == number
            ? null : string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {least} to {most}");

    /// <summary>A number's text: the proto3 JSON form takes numbers in quotes too.</summary>
    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.String => value.GetString(),
        _ => null,
    };

    private static bool Parses(JsonElement value, MessageDescriptor type)
    {
        try
        {
            JsonParser.Default.Parse(value.GetRawText(), type);
            return true;
        }
        catch (Exception fault) when (fault is InvalidProtocolBufferException or InvalidJsonException)
        {
            return false;
        }
    }
}
