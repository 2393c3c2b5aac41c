using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using NexusCart.Sidecar.Json;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.PubSub;

/// <summary>What an app publishes, before it is in an envelope.</summary>
/// <param name="PubSub">The component.</param>
/// <param name="Topic">The topic.</param>
/// <param name="Data">The payload.</param>
/// <param name="ContentType">Its type; empty when not said.</param>
/// <param name="Metadata">Request metadata: overrides, time to live, settings of the broker.</param>
/// <param name="TraceParent">W3C trace context of the publish.</param>
/// <param name="TraceState">Second part of it; empty when there is none.</param>
public sealed record PublishedEvent(
    string PubSub,
    string Topic,
    ReadOnlyMemory<byte> Data,
    string ContentType,
    IReadOnlyDictionary<string, string> Metadata,
    string TraceParent,
    string TraceState);

/// <summary>Makes CloudEvents of what apps publish, with daprd's members and defaults.</summary>
internal static class CloudEventEnvelope
{
    private const string DefaultSource = "Dapr";
    private const string DefaultType = "com.dapr.event.sent";
    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>The envelope as JSON. A CloudEvent of the app's own is completed, anything else becomes the data of a new one.</summary>
    /// <param name="published">What is published.</param>
    /// <param name="appId">Who publishes it.</param>
    /// <param name="now">The time.</param>
    /// <param name="expires">Whether a time to live becomes a time of expiry, which whoever delivers the event heeds.</param>
    /// <exception cref="JsonException">It says it is a CloudEvent and is no JSON object.</exception>
    public static byte[] Wrap(PublishedEvent published, string appId, DateTimeOffset now, bool expires)
    {
        var ttl = expires ? TimeToLive(published.Metadata) : null;
        var output = new ArrayBufferWriter<byte>(published.Data.Length + 512);
        using (var json = new Utf8JsonWriter(output, WriterOptions))
        {
            json.WriteStartObject();
            if (ContentTypes.IsCloudEvent(published.ContentType))
                WriteOwn(json, published, now, ttl is not null);
            else
                WriteNew(json, published, appId, now);
            if (ttl is not null)
                json.WriteString("expiration", Format(now + ttl.Value));
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>The envelope a raw subscription gets around bytes it did not choose.</summary>
    public static byte[] WrapRaw(ReadOnlySpan<byte> data, string topic, string pubSub, IReadOnlyDictionary<string, string> metadata)
    {
        var output = new ArrayBufferWriter<byte>((data.Length * 4 / 3) + 512);
        using (var json = new Utf8JsonWriter(output, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("id", Guid.NewGuid());
            json.WriteString("specversion", "1.0");
            json.WriteString("datacontenttype", ContentTypes.Binary);
            json.WriteString("source", DefaultSource);
            json.WriteString("type", DefaultType);
            json.WriteString("topic", topic);
            json.WriteString("pubsubname", pubSub);
            json.WriteBase64String("data_base64", data);
            metadata.TryGetValue("traceparent", out var traceParent);
            if (traceParent is not null)
                json.WriteString("traceparent", traceParent);
            if ((traceParent ?? metadata.GetValueOrDefault("traceid")) is { } traceId)
                json.WriteString("traceid", traceId);
            if (metadata.TryGetValue("tracestate", out var traceState))
                json.WriteString("tracestate", traceState);
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>Whether the app wants no envelope.</summary>
    /// <returns>False when the setting is no boolean as Go reads them.</returns>
    public static bool TryReadRawPayload(IReadOnlyDictionary<string, string> metadata, out bool isRaw)
    {
        isRaw = false;
        if (!metadata.TryGetValue("rawPayload", out var value) || value.Length == 0)
            return true;
        isRaw = value is "1" or "t" or "T" or "TRUE" or "true" or "True";
        return isRaw || value is "0" or "f" or "F" or "FALSE" or "false" or "False";
    }

    private static void WriteNew(Utf8JsonWriter json, PublishedEvent published, string appId, DateTimeOffset now)
    {
        var overrides = new Overrides(published.Metadata);
        // An empty override asks for the default of the member, which for the source is not the app.
        var traceParent = NonEmpty(overrides["traceparent"]) ?? overrides["traceid"] ?? published.TraceParent;
        if (NonEmpty(overrides["id"]) is { } id)
            json.WriteString("id", id);
        else
            json.WriteString("id", Guid.NewGuid());
        json.WriteString("source", NonEmpty(overrides["source"] ?? appId) ?? DefaultSource);
        json.WriteString("specversion", "1.0");
        json.WriteString("type", NonEmpty(overrides["type"]) ?? DefaultType);
        json.WriteString("datacontenttype", published.ContentType.Length > 0 ? published.ContentType : "text/plain");
        if (NonEmpty(overrides["subject"]) is { } subject)
            json.WriteString("subject", subject);
        json.WriteString("topic", published.Topic);
        json.WriteString("pubsubname", published.PubSub);
        json.WriteString("traceid", traceParent);
        json.WriteString("traceparent", traceParent);
        json.WriteString("tracestate", overrides["tracestate"] ?? published.TraceState);
        json.WriteString("time", Format(now));
        WriteData(json, published);
    }

    private static string? NonEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static void WriteData(Utf8JsonWriter json, PublishedEvent published)
    {
        var data = published.Data.Span;
        if (ContentTypes.IsBinary(published.ContentType) || ContentTypes.IsCloudEventProtobuf(published.ContentType))
        {
            json.WriteBase64String("data_base64", data);
            return;
        }

        json.WritePropertyName("data");
        if (ContentTypes.IsJson(published.ContentType) && FirstValue(data) is { Length: > 0 } value)
            json.WriteRawValue(value, skipInputValidation: true);
        else
            // Bytes that are no text are replaced, not refused.
            json.WriteStringValue(Encoding.UTF8.GetString(data));
    }

    private static void WriteOwn(Utf8JsonWriter json, PublishedEvent published, DateTimeOffset now, bool expires)
    {
        var own = GoJson.Parse(published.Data.Span);
        if (own.ValueKind != JsonValueKind.Object)
            throw JsonReading.Wrong("", own, "map[string]interface {}");
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in own.EnumerateObject())
            members[member.Name] = member.Value;
        var continuesTrace = !members.ContainsKey("traceid");
        foreach (var (name, value) in members)
        {
            var isReplaced = name is "topic" or "pubsubname"
                || (name == "traceparent" && continuesTrace)
                || (name == "expiration" && expires)
                || (name is "source" or "type" or "specversion" && value.ValueKind == JsonValueKind.Null);
            if (isReplaced)
                continue;
            json.WritePropertyName(name);
            value.WriteTo(json);
        }

        WriteMissing(json, members, "source", DefaultSource);
        WriteMissing(json, members, "type", DefaultType);
        WriteMissing(json, members, "specversion", "1.0");
        if (!members.ContainsKey("time"))
            json.WriteString("time", Format(now));
        if (continuesTrace)
        {
            json.WriteString("traceid", published.TraceParent);
            json.WriteString("traceparent", published.TraceParent);
        }

        if (!members.ContainsKey("tracestate"))
            json.WriteString("tracestate", published.TraceState);
        json.WriteString("topic", published.Topic);
        json.WriteString("pubsubname", published.PubSub);
    }

    private static void WriteMissing(Utf8JsonWriter json, Dictionary<string, JsonElement> members, string name, string value)
    {
        if (!members.TryGetValue(name, out var own) || own.ValueKind == JsonValueKind.Null)
            json.WriteString(name, value);
    }

    /// <summary>The first JSON value of a text, or nothing when it has none; what follows is ignored, as by Go's decoder.</summary>
    private static ReadOnlySpan<byte> FirstValue(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text, new JsonReaderOptions { AllowMultipleValues = true, MaxDepth = 512 });
            if (!reader.Read())
                return [];
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            return text[start..(int)reader.BytesConsumed];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    // A time to live that cannot be understood, or is none, is ignored.
    private static TimeSpan? TimeToLive(IReadOnlyDictionary<string, string> metadata)
    {
        foreach (var (_, value) in metadata.Where(item => IsTtl(item.Key)).OrderBy(item => item.Key.Length))
        {
            if (int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds))
                return seconds > 0 ? TimeSpan.FromSeconds(seconds) : null;
            return GoDuration.TryParse(value, out var duration) && duration > TimeSpan.Zero ? duration : null;
        }

        return null;
    }

    private static bool IsTtl(string name) =>
        name.Equals("ttl", StringComparison.OrdinalIgnoreCase) || name.Equals("ttlInSeconds", StringComparison.OrdinalIgnoreCase);

    private static string Format(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Members that request metadata named <c>cloudevent.NAME</c> set.</summary>
    private readonly struct Overrides(IReadOnlyDictionary<string, string> metadata)
    {
        private const string Prefix = "cloudevent.";

        public string? this[string member]
        {
            get
            {
                foreach (var (name, value) in metadata)
                {
                    if (name.Length == Prefix.Length + member.Length
                        && name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
                        && name.EndsWith(member, StringComparison.OrdinalIgnoreCase))
                        return value;
                }

                return null;
            }
        }
    }
}
