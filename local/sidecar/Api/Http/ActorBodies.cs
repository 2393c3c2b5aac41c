using System.Runtime.InteropServices;
using System.Text.Json;
using NexusCart.Sidecar.Actors;
using NexusCart.Sidecar.Json;
using NexusCart.Sidecar.Resources;
using NexusCart.Sidecar.Scheduling;
using NexusCart.Sidecar.State;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>Reads the JSON bodies of the actor API, whatever content type they come with (the .NET SDK says text/plain).</summary>
/// <remarks>
/// Values are kept as they came: daprd passes them through a double and so changes large numbers. In strict mode they are changed
/// here too.
/// </remarks>
internal static class ActorBodies
{
    private static readonly JsonReaderOptions FirstValueOnly = new() { MaxDepth = 512, AllowMultipleValues = true };

    /// <summary>The operations of a state transaction.</summary>
    /// <exception cref="DaprApiException">The body is no list of operations.</exception>
    public static List<ActorStateOperation> Operations(ReadOnlyMemory<byte> body, bool strict)
    {
        using var document = Parse(body);
        if (document.RootElement.ValueKind == JsonValueKind.Null)
            return [];
        if (document.RootElement.ValueKind != JsonValueKind.Array)
            throw Mismatch(document.RootElement, "[]api.TransactionalOperation");
        var operations = new List<ActorStateOperation>(document.RootElement.GetArrayLength());
        foreach (var entry in document.RootElement.EnumerateArray())
        {
            if (entry.ValueKind == JsonValueKind.Null)
            {
                operations.Add(default(ActorStateOperation) with { Operation = "" });
                continue;
            }

            if (entry.ValueKind != JsonValueKind.Object)
                throw Mismatch(entry, "api.TransactionalOperation");
            operations.Add(Operation(Text(entry, "operation"), Member(entry, "request"), strict));
        }

        return operations;
    }

    /// <summary>A reminder.</summary>
    /// <exception cref="DaprApiException">The body is none.</exception>
    public static ActorReminderRequest Reminder(ReadOnlyMemory<byte> body, string type, string id, string name)
    {
        using var document = Parse(body);
        var root = RequireObject(document.RootElement, "api.CreateReminderRequest");
        return Timed(root, new ActorReminderRequest
        {
            Type = type,
            Id = id,
            Name = name,
            Overwrite = Flag(root, "overwrite") ?? true,
            FailurePolicy = Policy(root),
        });
    }

    /// <summary>A timer.</summary>
    /// <exception cref="DaprApiException">The body is none.</exception>
    public static ActorTimerRequest Timer(ReadOnlyMemory<byte> body, string type, string id, string name)
    {
        using var document = Parse(body);
        var root = RequireObject(document.RootElement, "api.CreateTimerRequest");
        return Timed(root, new ActorTimerRequest { Type = type, Id = id, Name = name, Callback = Text(root, "callback") });
    }

    private static T Timed<T>(JsonElement root, T request)
        where T : ActorCallbackRequest =>
        (T)(request with { DueTime = Text(root, "dueTime"), Period = Text(root, "period"), Ttl = Text(root, "ttl"), Data = Raw(root, "data") });

    private static ActorStateOperation Operation(string operation, JsonElement? request, bool strict)
    {
        if (request is not { ValueKind: not JsonValueKind.Null } present)
            return new ActorStateOperation(operation, null);
        return ActorStateRequest.FaultOf(present, isUpsert: operation == "upsert") is { } fault
            ? new ActorStateOperation(operation, null, fault)
            : new ActorStateOperation(operation, Item(present, strict));
    }

    private static StateItem Item(JsonElement request, bool strict) => new()
    {
        Key = Member(request, "key")?.GetString() ?? "",
        Value = Member(request, "value") is { } value ? ValueOf(value, strict) : "null"u8.ToArray(),
        ETag = Member(request, "etag")?.GetString(),
        Metadata = Member(request, "metadata") is { ValueKind: JsonValueKind.Object } metadata ? Metadata(metadata) : null,
    };

    private static byte[] ValueOf(JsonElement value, bool strict) =>
        strict ? GoJson.Write(value) : JsonMarshal.GetRawUtf8Value(value).ToArray();

    private static Dictionary<string, string> Metadata(JsonElement metadata)
    {
        var result = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var item in metadata.EnumerateObject())
        {
            if (item.Value.ValueKind is JsonValueKind.String or JsonValueKind.Null)
                result[item.Name] = item.Value.GetString() ?? "";
        }

        return result;
    }

    // daprd means to take this member and cannot: it always falls back to the default.
    private static FailurePolicy? Policy(JsonElement root)
    {
        if ((Member(root, "failurePolicy") ?? Member(root, "failure_policy")) is not { ValueKind: JsonValueKind.Object } policy)
            return null;
        if (Member(policy, "drop") is not null)
            return FailurePolicy.Drop;
        if (Member(policy, "constant") is not { ValueKind: JsonValueKind.Object } constant)
            return null;
        var interval = Text(constant, "interval");
        var span = TimeSpan.Zero;
        if (interval.Length > 0 && !GoDuration.TryParse(interval, out span))
            throw ActorErrors.Malformed("failurePolicy.constant.interval is no duration: " + interval);
        var retries = Member(constant, "maxRetries") ?? Member(constant, "max_retries");
        return new FailurePolicy(span, retries is { ValueKind: JsonValueKind.Number } most && most.TryGetUInt32(out var count) ? count : null);
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body.Span, FirstValueOnly);
            return JsonDocument.ParseValue(ref reader);
        }
        catch (JsonException e)
        {
            throw ActorErrors.Malformed(IsEmpty(body) ? "EOF" : IsCut(body) ? "unexpected EOF" : e.Message);
        }
    }

    private static bool IsEmpty(ReadOnlyMemory<byte> body) => body.Span.Trim(" \t\r\n"u8).IsEmpty;

    /// <summary>Whether the body is the beginning of JSON, without its end.</summary>
    private static bool IsCut(ReadOnlyMemory<byte> body)
    {
        var reader = new Utf8JsonReader(body.Span, isFinalBlock: false, new JsonReaderState(FirstValueOnly));
        try
        {
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static JsonElement RequireObject(JsonElement element, string goType) =>
        element.ValueKind == JsonValueKind.Object ? element : throw Mismatch(element, goType);

    internal static JsonElement? Member(JsonElement parent, string name)
    {
        if (parent.TryGetProperty(name, out var exact))
            return exact;
        foreach (var member in parent.EnumerateObject())
        {
            // Go's decoder does not care about case.
            if (member.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return member.Value;
        }

        return null;
    }

    private static string Text(JsonElement parent, string name) => Member(parent, name) switch
    {
        null or { ValueKind: JsonValueKind.Null } => "",
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { } other => throw ActorErrors.Malformed($"json: cannot unmarshal {NameOf(other)} into Go struct field .{name} of type string"),
    };

    private static bool? Flag(JsonElement parent, string name) => Member(parent, name) switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } other => throw ActorErrors.Malformed($"json: cannot unmarshal {NameOf(other)} into Go struct field .{name} of type bool"),
    };

    private static ReadOnlyMemory<byte>? Raw(JsonElement parent, string name) =>
        Member(parent, name) is { } value ? JsonMarshal.GetRawUtf8Value(value).ToArray() : (ReadOnlyMemory<byte>?)null;

    private static DaprApiException Mismatch(JsonElement element, string goType) =>
        ActorErrors.Malformed($"json: cannot unmarshal {NameOf(element)} into Go value of type {goType}");

    private static string NameOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => "bool",
        var kind => kind.ToString().ToLowerInvariant(),
    };
}
