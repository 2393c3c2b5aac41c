using System.Collections;
using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using AppCallback = Dapr.AppCallback.Autogen.Grpc.v1;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Tests.Sidecar.Conformance;

/// <summary>Messages as the cases write them: protobuf's JSON, but bytes show as text and an Any may hold anything.</summary>
internal static class ProtoJson
{
    private static readonly TypeRegistry Registry = TypeRegistry.FromFiles(
        Rt.Dapr.Descriptor.File,
        AppCallback.AppCallback.Descriptor.File,
        Google.Rpc.ErrorDetailsReflection.Descriptor,
        WrappersReflection.Descriptor,
        StructReflection.Descriptor);

    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithTypeRegistry(Registry));
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithTypeRegistry(Registry));

    /// <summary>Reads a message.</summary>
    public static IMessage ToMessage(MessageDescriptor type, JsonNode? json)
    {
        var raws = new List<(object[] Path, JsonObject Raw)>();
        var plain = Prepare(json ?? new JsonObject(), type, [], raws);
        var message = Parser.Parse(plain?.ToJsonString() ?? "{}", type);
        foreach (var (path, raw) in raws)
            SetRaw(message, path, raw);
        return message;
    }

    /// <summary>Writes a message.</summary>
    public static JsonNode? ToJson(IMessage message)
    {
        switch (message)
        {
            case Any any:
                return AnyToJson(any);
            case BytesValue bytes:
                return BytesToJson(bytes.Value);
            case Value { KindCase: Value.KindOneofCase.None }:
                return null;
        }

        if (message.Descriptor.File.Package == "google.protobuf" && message is not Google.Protobuf.WellKnownTypes.Empty)
            return JsonNode.Parse(Formatter.Format(message));
        var json = new JsonObject();
        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
            WriteField(json, field, message);
        return json;
    }

    /// <summary>Bytes as text where they are UTF-8, else in base 64.</summary>
    public static JsonObject BytesToJson(ByteString bytes)
    {
        try
        {
            return new JsonObject { ["$bytes"] = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.Span) };
        }
        catch (DecoderFallbackException)
        {
            return new JsonObject { ["$b64"] = bytes.ToBase64() };
        }
    }

    /// <summary>Bytes as a case writes them.</summary>
    public static byte[] ToBytes(JsonNode? node) => node switch
    {
        JsonValue text => Encoding.UTF8.GetBytes(text.GetValue<string>()),
        JsonObject { Count: 1 } value => value.First() switch
        {
            { Key: "$bytes" } bytes => Encoding.UTF8.GetBytes(bytes.Value!.GetValue<string>()),
            { Key: "$b64" } base64 => System.Convert.FromBase64String(base64.Value!.GetValue<string>()),
            { Key: "$json" } json => Encoding.UTF8.GetBytes(json.Value?.ToJsonString() ?? "null"),
            { Key: "$repeat" } repeat => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(repeat.Value![0]!.GetValue<string>(), repeat.Value[1]!.GetValue<int>()))),
            _ => throw new FormatException($"no bytes: {node.ToJsonString()}"),
        },
        _ => throw new FormatException($"no bytes: {node?.ToJsonString()}"),
    };

    // Some fields of the 1.19 messages have JSON names of their own; the cases use the usual ones.
    private static string CamelCase(string name) =>
        string.Concat(name.Split('_').Select((part, i) => i == 0 || part.Length == 0 ? part : char.ToUpperInvariant(part[0]) + part[1..]));

    private static FieldDescriptor? FieldOf(MessageDescriptor? type, string name) =>
        type?.Fields.InDeclarationOrder().FirstOrDefault(field => CamelCase(field.Name) == name || field.JsonName == name || field.Name == name);

    private static JsonNode? Prepare(JsonNode? node, MessageDescriptor? type, object[] path, List<(object[] Path, JsonObject Raw)> raws)
    {
        switch (node)
        {
            case JsonObject { Count: 1 } value when value.First().Key is "$bytes" or "$b64" or "$json" or "$repeat":
                return System.Convert.ToBase64String(ToBytes(value));
            case JsonObject members:
                var copy = new JsonObject();
                foreach (var (name, member) in members)
                {
                    var field = FieldOf(type, name);
                    var nested = field is { FieldType: FieldType.Message, IsMap: false } ? field.MessageType : null;
                    if (member is JsonObject any && any["$raw"] is JsonObject raw)
                        raws.Add(([.. path, name], raw));
                    else
                        copy[field?.Name ?? name] = Prepare(member, nested, [.. path, name], raws);
                }

                return copy;
            case JsonArray items:
                return new JsonArray([.. items.Select((item, i) => Prepare(item, type, [.. path, i], raws))]);
            default:
                return node?.DeepClone();
        }
    }

    private static void SetRaw(IMessage message, object[] path, JsonObject raw)
    {
        object target = message;
        foreach (var step in path[..^1])
            target = step is int index ? ((IList)target)[index]! : FieldOf(((IMessage)target).Descriptor, (string)step)!.Accessor.GetValue((IMessage)target);
        var any = new Any { TypeUrl = raw["typeUrl"]?.GetValue<string>() ?? "", Value = ByteString.CopyFrom(ToBytes(raw["value"] ?? "")) };
        FieldOf(((IMessage)target).Descriptor, (string)path[^1])!.Accessor.SetValue((IMessage)target, any);
    }

    private static JsonObject AnyToJson(Any any)
    {
        var type = any.TypeUrl.Length == 0 ? null : Registry.Find(Any.GetTypeName(any.TypeUrl));
        if (type is null)
            return new JsonObject { ["$raw"] = new JsonObject { ["typeUrl"] = any.TypeUrl, ["value"] = BytesToJson(any.Value) } };
        var value = ToJson(type.Parser.ParseFrom(any.Value));
        var json = new JsonObject { ["@type"] = any.TypeUrl };
        if (value is JsonObject members && type.File.Package != "google.protobuf" && !members.ContainsKey("$bytes"))
        {
            foreach (var (name, member) in members)
                json[name] = member?.DeepClone();
        }
        else
        {
            json["value"] = value;
        }

        return json;
    }

    private static void WriteField(JsonObject json, FieldDescriptor field, IMessage message)
    {
        var value = field.Accessor.GetValue(message);
        if (field.IsMap)
        {
            if (value is not IDictionary { Count: > 0 } map)
                return;
            var valueField = field.MessageType.FindFieldByNumber(2);
            json[CamelCase(field.Name)] = new JsonObject(map.Keys.Cast<object>()
                .Select(key => KeyValuePair.Create(key.ToString()!, Convert(valueField, map[key]!))));
        }
        else if (field.IsRepeated)
        {
            if (value is IList { Count: > 0 } list)
                json[CamelCase(field.Name)] = new JsonArray([.. list.Cast<object>().Select(item => Convert(field, item))]);
        }
        else if (field.HasPresence ? field.Accessor.HasValue(message) : !IsDefault(value))
        {
            json[CamelCase(field.Name)] = Convert(field, value);
        }
    }

    private static bool IsDefault(object value) => value switch
    {
        string text => text.Length == 0,
        ByteString bytes => bytes.IsEmpty,
        bool flag => !flag,
        System.Enum number => System.Convert.ToInt32(number, null) == 0,
        IConvertible number => number.ToDouble(null) == 0,
        _ => false,
    };

    private static JsonNode? Convert(FieldDescriptor field, object value) => value switch
    {
        IMessage message => ToJson(message),
        ByteString bytes => BytesToJson(bytes),
        System.Enum number => field.EnumType.FindValueByNumber(System.Convert.ToInt32(number, null))?.Name,
        string text => text,
        bool flag => flag,
        int number => number,
        uint number => number,
        long number => number,
        ulong number => number,
        float number => number,
        double number => number,
        _ => JsonValue.Create(value.ToString()),
    };
}
