using System.Globalization;
using System.Text.Json;
using NexusCart.Sidecar.Json;

namespace NexusCart.Sidecar.PubSub.Delivery;

/// <summary>A message on its way to the app: the envelope to deliver and what routing and tracing need of it.</summary>
internal sealed class InboundEvent
{
    private static readonly string[] Rfc3339 = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];
    private JsonElement? _members;

    private InboundEvent(string topic, ReadOnlyMemory<byte> envelope, BrokerMessage message)
    {
        (Topic, Envelope, Message) = (topic, envelope, message);
        ReadHead();
    }

    /// <summary>The topic it came from.</summary>
    public string Topic { get; }

    /// <summary>The CloudEvent as it is sent over HTTP.</summary>
    public ReadOnlyMemory<byte> Envelope { get; }

    /// <summary>What the broker had.</summary>
    public BrokerMessage Message { get; }

    /// <summary>The CloudEvent's id; empty when it has none.</summary>
    public string Id { get; private set; } = "";

    /// <summary>The trace it belongs to.</summary>
    public string? TraceParent { get; private set; }

    /// <summary>Second part of the trace context.</summary>
    public string? TraceState { get; private set; }

    /// <summary>The CloudEvent's members.</summary>
    public JsonElement Members => _members ??= GoJson.Parse(Envelope.Span);

    private string? TraceId { get; set; }

    private string? Expiration { get; set; }

    /// <summary>Reads what a subscription of CloudEvents got.</summary>
    /// <exception cref="JsonException">It is no JSON object.</exception>
    public static InboundEvent OfCloudEvent(string topic, BrokerMessage message) => new(topic, message.Data, message);

    /// <summary>Wraps what a raw subscription got.</summary>
    public static InboundEvent OfRaw(string topic, string pubSub, BrokerMessage message) =>
        new(topic, CloudEventEnvelope.WrapRaw(message.Data.Span, topic, pubSub, message.Metadata), message);

    /// <summary>Whether its time to live is over; a time that cannot be read does not count.</summary>
    public bool HasExpired(DateTimeOffset now) =>
        Expiration is { Length: > 0 } text
        && DateTimeOffset.TryParseExact(text, Rfc3339, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end)
        && end < now;

    /// <summary>A string member; empty when it is absent or something else.</summary>
    public string Text(string member) =>
        Members.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    // Most events are only passed on: a look at the top level saves building the whole tree.
    private void ReadHead()
    {
        var reader = new Utf8JsonReader(Envelope.Span, new JsonReaderOptions { MaxDepth = 512 });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("json: the message is no CloudEvent");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueTextEquals("id"u8) ? 1
                : reader.ValueTextEquals("traceparent"u8) ? 2
                : reader.ValueTextEquals("traceid"u8) ? 3
                : reader.ValueTextEquals("tracestate"u8) ? 4
                : reader.ValueTextEquals("expiration"u8) ? 5
                : 0;
            reader.Read();
            if (name == 0 || reader.TokenType != JsonTokenType.String)
                reader.Skip();
            else
                Keep(name, reader.GetString()!);
        }

        TraceParent ??= TraceId;
    }

    private void Keep(int name, string value)
    {
        switch (name)
        {
            case 1:
                Id = value;
                break;
            case 2:
                TraceParent = value;
                break;
            case 3:
                TraceId = value;
                break;
            case 4:
                TraceState = value;
                break;
            default:
                Expiration = value;
                break;
        }
    }
}
