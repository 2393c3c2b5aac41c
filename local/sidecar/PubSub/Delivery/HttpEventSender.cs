using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Invocation;
using NexusCart.Sidecar.Json;
using NexusCart.Sidecar.Tracing;

namespace NexusCart.Sidecar.PubSub.Delivery;

/// <summary>Posts events to the routes of an app that speaks HTTP.</summary>
internal sealed class HttpEventSender(IAppChannel app, SidecarTracing tracing, ILogger logger) : IEventSender
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public async Task<DeliveryOutcome> SendAsync(string pubSub, string path, InboundEvent inbound, CancellationToken cancellation)
    {
        using var request = Request(path, inbound.Envelope, ContentTypes.CloudEvent, pubSub, inbound.Message.Metadata);
        using var leg = EventLeg.Of(tracing, inbound);
        leg?.Trace.Apply(request);
        using var response = await SendAsync(request, inbound.Id, cancellation);
        if (response.IsSuccessStatusCode)
            return Verdict(Status(await BodyAsync(response, cancellation)), inbound.Id);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            logger.LogError("non-retriable error returned from app while processing pub/sub event {Id}: status code returned: 404", inbound.Id);
            return DeliveryOutcome.Drop;
        }

        var body = Encoding.UTF8.GetString((await BodyAsync(response, cancellation)).Span);
        throw Failed(
            $"retriable error returned from app while processing pub/sub event {inbound.Id}, topic: {inbound.Topic}, "
            + $"body: {body}. status code returned: {(int)response.StatusCode}",
            response.StatusCode);
    }

    public async Task<IReadOnlyDictionary<string, DeliveryOutcome>> SendBulkAsync(BulkDelivery delivery, CancellationToken cancellation)
    {
        using var request = Request(delivery.Path, Render(delivery), ContentTypes.Json, delivery.PubSub, new Dictionary<string, string>());
        using var response = await SendAsync(request, "bulk", cancellation);
        if (response.IsSuccessStatusCode)
            return Verdicts(await BodyAsync(response, cancellation), delivery);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            // Unlike a single event these are gone: not even dead-lettered.
            logger.LogError("non-retriable error returned from app while processing bulk pub/sub event. status code returned: 404");
            return delivery.Entries.ToDictionary(entry => entry.EntryId, _ => DeliveryOutcome.Success);
        }

        throw Failed(
            $"retriable error returned from app while processing bulk pub/sub event, topic: {delivery.Topic}. "
            + $"status code returned: {(int)response.StatusCode}",
            response.StatusCode);
    }

    private static HttpRequestMessage Request(
        string path, ReadOnlyMemory<byte> body, string contentType, string pubSub, IReadOnlyDictionary<string, string> metadata)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path.StartsWith('/') ? path : "/" + path)
        {
            Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(contentType) } },
        };
        // What was published along with the message arrives as headers; what HTTP keeps for itself does not.
        foreach (var (name, value) in metadata)
        {
            if (IsHeader(name))
                request.Headers.TryAddWithoutValidation(name, value);
        }

        request.Headers.TryAddWithoutValidation("pubsubName", pubSub);
        return request;
    }

    private static bool IsHeader(string name) =>
        name.Length > 0
        && name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal))
        && name.ToLowerInvariant() is not ("host" or "connection" or "transfer-encoding" or "upgrade" or "te" or "trailer" or "expect" or "keep-alive");

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string id, CancellationToken cancellation)
    {
        try
        {
            return await app.SendAsync(request, cancellation);
        }
        catch (HttpRequestException e)
        {
            throw new DeliveryFailedException($"error returned from app channel while sending pub/sub event {id} to app: {e.Message}", e);
        }
    }

    private static async Task<ReadOnlyMemory<byte>> BodyAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.Content.Headers.ContentLength == 0)
            return default;
        try
        {
            return await response.Content.ReadAsByteArrayAsync(cancellation);
        }
        catch (HttpRequestException e)
        {
            throw new DeliveryFailedException("the app's answer was cut: " + e.Message, e);
        }
    }

    /// <summary>The status of an answer; null when it has none to read, which counts as success.</summary>
    private static string? Status(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
            return null;
        try
        {
            return GoJson.Parse(body.Span).Text("status");
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private DeliveryOutcome Verdict(string? status, string id)
    {
        switch (status)
        {
            case null or "" or "SUCCESS":
                return DeliveryOutcome.Success;
            case "DROP":
                logger.LogWarning("DROP status returned from app while processing pub/sub event {Id}", id);
                return DeliveryOutcome.Drop;
            case "RETRY":
                throw new DeliveryFailedException($"RETRY status returned from app while processing pub/sub event {id}");
            default:
                throw new DeliveryFailedException($"unknown status returned from app while processing pub/sub event {id}, status: {status}");
        }
    }

    private Dictionary<string, DeliveryOutcome> Verdicts(ReadOnlyMemory<byte> body, BulkDelivery delivery)
    {
        var known = delivery.Entries.Select(entry => entry.EntryId).ToHashSet(StringComparer.Ordinal);
        var verdicts = new Dictionary<string, DeliveryOutcome>(StringComparer.Ordinal);
        try
        {
            foreach (var status in GoJson.Parse(body.Span).Array("statuses"))
            {
                var id = status.Text("entryId");
                if (!known.Contains(id))
                    logger.LogWarning("invalid entry id received from app while processing pub/sub event {Id}", id);
                else if (status.Text("status") is "SUCCESS")
                    verdicts[id] = DeliveryOutcome.Success;
                else if (status.Text("status") is "DROP")
                    verdicts[id] = DeliveryOutcome.Drop;
            }
        }
        catch (JsonException e)
        {
            throw new DeliveryFailedException("failed unmarshalling app response for bulk subscribe: " + e.Message, e);
        }

        return verdicts;
    }

    private static byte[] Render(BulkDelivery delivery)
    {
        var output = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(output, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("id", Guid.NewGuid());
            json.WriteString("type", "com.dapr.event.sent.bulk");
            json.WriteString("topic", delivery.Topic);
            json.WriteString("pubsubname", delivery.PubSub);
            json.WriteStartObject("metadata");
            json.WriteString("pubsubName", delivery.PubSub);
            json.WriteEndObject();
            json.WriteStartArray("entries");
            foreach (var (entryId, inbound) in delivery.Entries)
            {
                json.WriteStartObject();
                json.WriteString("entryId", entryId);
                if (delivery.IsRaw)
                {
                    json.WriteBase64String("event", inbound.Message.Data.Span);
                }
                else
                {
                    json.WritePropertyName("event");
                    json.WriteRawValue(inbound.Envelope.Span, skipInputValidation: true);
                }

                json.WriteStartObject("metadata");
                foreach (var (name, value) in inbound.Message.Metadata)
                    json.WriteString(name, value);
                json.WriteEndObject();
                json.WriteString("contentType", delivery.IsRaw ? ContentTypes.Binary : ContentTypes.CloudEvent);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    private static DeliveryFailedException Failed(string message, HttpStatusCode status) => new(message) { HttpStatusCode = (int)status };
}
