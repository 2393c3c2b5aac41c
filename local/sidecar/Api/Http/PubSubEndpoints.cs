using System.Text.Json;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Json;
using NexusCart.Sidecar.PubSub;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>The HTTP face of <see cref="PubSubService"/>.</summary>
internal sealed class PubSubEndpoints(PubSubService pubSub, SidecarOptions options)
{
    private const string Mismatch = "error: mismatch between contentType and event";
    private static readonly string[] PostOrPut = [HttpMethods.Post, HttpMethods.Put];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/v1.0/publish/{pubsub}/{**topic:required}", PostOrPut, (RequestDelegate)PublishAsync);
        routes.MapMethods("/v1.0/publish/bulk/{pubsub}/{**topic:required}", PostOrPut, (RequestDelegate)PublishBulkAsync);
        routes.MapMethods("/v1.0-alpha1/publish/bulk/{pubsub}/{**topic:required}", PostOrPut, (RequestDelegate)PublishBulkAsync);
    }

    private async Task PublishAsync(HttpContext context)
    {
        var (name, topic, metadata) = Target(context);
        ReadOnlyMemory<byte> body;
        try
        {
            body = await RequestBody.ReadAsync(context);
        }
        catch (BodyTooLargeException e)
        {
            throw PubSubErrors.Publish(name, topic, e.Message);
        }

        var trace = TraceContext.Of(context);
        var published = new PublishedEvent(
            name, topic, body, context.Request.ContentType ?? "", metadata, trace.TraceParent, trace.TraceState ?? "");
        await pubSub.PublishAsync(published, context.RequestAborted);
        await context.Response.NoContentAsync();
    }

    private async Task PublishBulkAsync(HttpContext context)
    {
        var (name, topic, metadata) = Target(context);
        PubSubService.CheckRawPayload(name, metadata);
        var trace = TraceContext.Of(context);
        var entries = new List<BulkEntry>();
        foreach (var item in await ReadEntriesAsync(context, name, topic))
            entries.Add(Read(item, name, topic, metadata, trace));
        var failures = await pubSub.PublishBulkAsync(name, topic, entries, metadata, context.RequestAborted);
        if (failures.Count == 0)
            await context.Response.NoContentAsync();
        else
            await context.Response.JsonAsync(
                new { failedEntries = failures, errorCode = "ERR_PUBSUB_PUBLISH_MESSAGE" }, StatusCodes.Status500InternalServerError);
    }

    private (string Name, string Topic, Dictionary<string, string> Metadata) Target(HttpContext context)
    {
        var (name, topic) = (context.PathValue("pubsub"), context.PathValue("topic"));
        var metadata = HttpApi.MetadataOf(context.Request);
        pubSub.Require(name, topic, metadata);
        return (name, topic, metadata);
    }

    private async Task<JsonElement[]> ReadEntriesAsync(HttpContext context, string name, string topic)
    {
        try
        {
            var body = GoJson.Parse((await RequestBody.ReadAsync(context)).Span);
            return body.ValueKind switch
            {
                JsonValueKind.Array => [.. body.EnumerateArray()],
                JsonValueKind.Null => [],
                _ => throw JsonReading.Wrong("", body, "[]http.bulkPublishMessageEntry"),
            };
        }
        catch (Exception e) when (e is JsonException or BodyTooLargeException)
        {
            throw PubSubErrors.BulkBody(name, topic, options.AppId, e.Message);
        }
    }

    private BulkEntry Read(JsonElement item, string name, string topic, Dictionary<string, string> metadata, TraceContext trace)
    {
        try
        {
            var contentType = item.Text("contentType");
            var own = item.TextMap("metadata");
            var data = ToBytes(item.Member("event"), contentType)
                ?? throw PubSubErrors.BulkEnvelope(name, topic, options.AppId, Mismatch);
            // Each event is a step of its own in the trace.
            var step = TraceContext.Continue(trace.TraceParent, trace.TraceState);
            var published = new PublishedEvent(
                name, topic, data, contentType, BulkMetadata.Of(metadata, own), step.TraceParent, step.TraceState ?? "");
            return new BulkEntry(item.Text("entryId"), published);
        }
        catch (JsonException e)
        {
            throw PubSubErrors.BulkBody(name, topic, options.AppId, e.Message);
        }
    }

    /// <summary>The bytes an event in a JSON body stands for; null when it does not fit its content type.</summary>
    private static byte[]? ToBytes(JsonElement? value, string contentType)
    {
        if (ContentTypes.IsBinary(contentType))
            return value is { ValueKind: JsonValueKind.String } encoded && encoded.TryGetBytesFromBase64(out var bytes) ? bytes : null;
        if (ContentTypes.IsText(contentType))
            return value is { ValueKind: JsonValueKind.String } text ? System.Text.Encoding.UTF8.GetBytes(text.GetString()!) : null;
        if (!ContentTypes.IsJson(contentType) && !ContentTypes.IsCloudEvent(contentType))
            return null;
        return value is { } json ? GoJson.Write(json) : "null"u8.ToArray();
    }
}
