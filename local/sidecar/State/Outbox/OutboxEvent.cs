using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using NexusCart.Sidecar.Json;
using NexusCart.Sidecar.PubSub;

namespace NexusCart.Sidecar.State.Outbox;

/// <summary>An event of a transaction, as it waits in the store: an envelope with daprd's members.</summary>
internal static class OutboxEvent
{
    /// <summary>Name that marks an operation as the payload of the event of its key, not to be stored.</summary>
    private const string ProjectionName = "outbox.projection";

    private const string DefaultType = "com.dapr.event.sent";
    private const string TextType = "text/plain";
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Whether an operation only supplies the payload of an event.</summary>
    public static bool IsProjection(StateTransactionItem operation) =>
        !operation.Delete && Components.ComponentSettings.IsTruthy(operation.Item.Metadata?.GetValueOrDefault(ProjectionName));

    /// <summary>The envelope of one upsert.</summary>
    /// <param name="id">Id of the event.</param>
    /// <param name="stored">What is stored.</param>
    /// <param name="projection">What is published in its place; null for the same.</param>
    /// <param name="origin">Who publishes where, and in whose trace.</param>
    public static byte[] Envelope(string id, StateItem stored, StateItem? projection, OutboxOrigin origin)
    {
        var (payload, contentType) = PayloadOf(projection ?? stored, origin.Strict);
        var members = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["id"] = id,
            ["source"] = origin.AppId,
            ["specversion"] = "1.0",
            ["type"] = DefaultType,
            ["datacontenttype"] = contentType,
            ["topic"] = origin.Target.Topic,
            ["pubsubname"] = origin.Target.PubSub,
            ["time"] = origin.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
            ["traceid"] = origin.TraceParent,
            ["traceparent"] = "",
            ["tracestate"] = "",
        };
        // Metadata of the operation become members under their own names, and so replace what is there.
        foreach (var (name, value) in (stored.Metadata ?? Nothing).Concat(projection?.Metadata ?? Nothing))
        {
            if (name is not ("id" or "data" or "data_base64" or ProjectionName))
                members[name] = value;
        }

        return Write(members, payload);
    }

    private static IReadOnlyDictionary<string, string> Nothing { get; } = new Dictionary<string, string>();

    private static (ReadOnlyMemory<byte> Payload, string ContentType) PayloadOf(StateItem item, bool strict)
    {
        var said = item.Metadata?.FirstOrDefault(entry => entry.Key.Equals("contentType", StringComparison.OrdinalIgnoreCase)).Value;
        if (!item.ValueIsJson)
            return (item.Value, said ?? TextType);
        var value = GoJson.ParseWhole(item.Value);
        if (said is not null)
            return (value.ValueKind == JsonValueKind.String && !ContentTypes.IsJson(said) ? TextOf(value) : item.Value, said);
        // daprd publishes what Go prints of an object, which no reader can make anything of.
        return value.ValueKind == JsonValueKind.String || strict ? (TextOf(value), TextType) : (item.Value, ContentTypes.Json);
    }

    private static ReadOnlyMemory<byte> TextOf(JsonElement value) => Encoding.UTF8.GetBytes(GoText.Print(value));

    private static byte[] Write(Dictionary<string, string> members, ReadOnlyMemory<byte> payload)
    {
        var contentType = members["datacontenttype"];
        var output = new ArrayBufferWriter<byte>(payload.Length + 512);
        using (var json = new Utf8JsonWriter(output, WriterOptions))
        {
            json.WriteStartObject();
            foreach (var (name, value) in members)
                json.WriteString(name, value);
            if (ContentTypes.IsBinary(contentType))
            {
                json.WriteBase64String("data_base64", payload.Span);
            }
            else
            {
                json.WritePropertyName("data");
                if (ContentTypes.IsJson(contentType) && GoJson.TryParseWhole(payload, out _))
                    json.WriteRawValue(payload.Span, skipInputValidation: true);
                else
                    json.WriteStringValue(Encoding.UTF8.GetString(payload.Span));
            }

            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }
}

/// <summary>Who publishes where, when, and in whose trace.</summary>
internal sealed record OutboxOrigin(OutboxTarget Target, string AppId, string TraceParent, DateTimeOffset Time, bool Strict);
