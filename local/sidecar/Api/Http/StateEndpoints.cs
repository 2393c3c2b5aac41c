using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Grpc.Core;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Json;
using NexusCart.Sidecar.State;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>The HTTP face of <see cref="StateService"/>.</summary>
internal sealed class StateEndpoints(StateService state)
{
    private const string Malformed = "ERR_MALFORMED_REQUEST";
    private static readonly string[] PostOrPut = [HttpMethods.Post, HttpMethods.Put];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/v1.0/state/{store}", PostOrPut, (RequestDelegate)SaveAsync);
        routes.MapMethods("/v1.0/state/{store}/bulk", PostOrPut, (RequestDelegate)GetBulkAsync);
        routes.MapMethods("/v1.0/state/{store}/transaction", PostOrPut, (RequestDelegate)TransactAsync);
        routes.MapMethods("/v1.0-alpha1/state/{store}/query", PostOrPut, (RequestDelegate)QueryAsync);
        routes.MapGet("/v1.0/state/{store}/{key}", (RequestDelegate)GetAsync);
        routes.MapDelete("/v1.0/state/{store}/{key}", (RequestDelegate)DeleteAsync);
    }

    private async Task GetAsync(HttpContext context)
    {
        var store = context.PathValue("store");
        var entry = await state.GetAsync(store, context.PathValue("key"), context.RequestAborted);
        if (entry is null || (entry.Value.IsEmpty && state.HidesEmptyValues(store)))
        {
            await context.Response.NoContentAsync();
            return;
        }

        context.Response.Headers.ETag = entry.ETag;
        if (entry.ExpiresAt is { } end)
            context.Response.Headers["Metadata." + StateMetadata.ExpiryName] = StateMetadata.Format(end);
        await context.Response.JsonBytesAsync(entry.Value);
    }

    private async Task SaveAsync(HttpContext context)
    {
        var store = context.PathValue("store");
        state.Require(store);
        var body = await ReadJsonAsync(context, "");
        if (body.ValueKind is not (JsonValueKind.Array or JsonValueKind.Null))
            throw Bad(JsonReading.Wrong("", body, "[]state.SetRequest"), "");
        var metadata = HttpApi.MetadataOf(context.Request);
        var items = new List<StateItem>();
        foreach (var item in body.ValueKind == JsonValueKind.Array ? body.EnumerateArray() : [])
        {
            var parsed = Read(item, metadata, "");
            items.Add(parsed.Key.Length > 0 ? parsed : throw StateErrors.KeyRequired());
        }

        await state.SaveAsync(store, items, context.RequestAborted);
        await context.Response.NoContentAsync();
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var item = new StateItem
        {
            Key = context.PathValue("key"),
            ETag = context.Request.Headers.IfMatch,
            Concurrency = query["concurrency"].ToString(),
            Consistency = query["consistency"].ToString(),
            Metadata = HttpApi.MetadataOf(context.Request),
        };
        await state.DeleteAsync(context.PathValue("store"), item, context.RequestAborted);
        await context.Response.NoContentAsync();
    }

    private async Task GetBulkAsync(HttpContext context)
    {
        var store = context.PathValue("store");
        state.Require(store);
        var body = await ReadJsonAsync(context, "failed deserializing HTTP body: ");
        var keys = Parse("failed deserializing HTTP body: ", () => body.RequireObject("http.bulkGetRequest").Array("keys")
            .Select(key => key.ValueKind == JsonValueKind.String ? key.GetString()! : throw JsonReading.Wrong("keys", key, "string"))
            .ToArray());
        var hits = await state.GetBulkAsync(store, keys, context.RequestAborted);
        await context.Response.JsonBytesAsync(Render(hits));
    }

    private async Task TransactAsync(HttpContext context)
    {
        const string Prefix = "failed deserializing HTTP body: ";
        var store = context.PathValue("store");
        state.Require(store);
        var body = await ReadJsonAsync(context, Prefix);
        var metadata = HttpApi.MetadataOf(context.Request);
        var operations = new List<StateTransactionItem>();
        foreach (var operation in Parse(Prefix, () => body.RequireObject("http.stateTransactionRequestBody").Array("operations").ToArray()))
        {
            var kind = Parse(Prefix, () => operation.Text("operation"));
            if (kind is not ("upsert" or "delete"))
                throw StateErrors.UnsupportedOperation(kind);
            operations.Add(new StateTransactionItem(kind == "delete", Read(operation.Member("request") ?? default, metadata, Prefix)));
        }

        if (operations.Count > 0)
            await state.TransactAsync(store, operations, keysAreNamedInErrors: false, TraceContext.Of(context).TraceParent, context.RequestAborted);
        await context.Response.NoContentAsync();
    }

    private Task QueryAsync(HttpContext context)
    {
        state.Query(context.PathValue("store"));
        return Task.CompletedTask;
    }

    private static StateItem Read(JsonElement item, Dictionary<string, string> requestMetadata, string errorPrefix) =>
        Parse(errorPrefix, () =>
        {
            var metadata = item.TextMap("metadata");
            if (metadata is null)
                metadata = requestMetadata;
            else
                foreach (var (name, given) in requestMetadata)
                    metadata[name] = given;
            var options = item.Member("options") ?? default;
            return new StateItem
            {
                Key = item.Text("key"),
                Value = item.Member("value") is { } value ? GoJson.Write(value) : "null"u8.ToArray(),
                ValueIsJson = true,
                ETag = item.Text("etag"),
                Concurrency = options.Text("concurrency"),
                Consistency = options.Text("consistency"),
                Metadata = metadata,
            };
        });

    private static ReadOnlyMemory<byte> Render(IReadOnlyList<StateHit> hits)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartArray();
            foreach (var (key, entry) in hits)
            {
                json.WriteStartObject();
                json.WriteString("key", key);
                if (entry is not null && !Render(json, entry))
                    return ReadOnlyMemory<byte>.Empty;
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return output.WrittenMemory;
    }

    /// <summary>False when the value is no JSON: daprd then answers 200 with an empty body.</summary>
    private static bool Render(Utf8JsonWriter json, StateEntry entry)
    {
        if (!entry.Value.IsEmpty)
        {
            if (!GoJson.TryParseWhole(entry.Value, out var value))
                return false;
            json.WritePropertyName("data");
            value.WriteTo(json);
        }

        json.WriteString("etag", entry.ETag);
        if (entry.ExpiresAt is not { } end)
            return true;
        json.WriteStartObject("metadata");
        json.WriteString(StateMetadata.ExpiryName, StateMetadata.Format(end));
        json.WriteEndObject();
        return true;
    }

    private static async Task<JsonElement> ReadJsonAsync(HttpContext context, string errorPrefix)
    {
        try
        {
            var body = await RequestBody.ReadAsync(context);
            return GoJson.Parse(body.Span);
        }
        catch (Exception e) when (e is JsonException or BodyTooLargeException)
        {
            throw Bad(e, errorPrefix);
        }
    }

    private static T Parse<T>(string errorPrefix, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (JsonException e)
        {
            throw Bad(e, errorPrefix);
        }
    }

    private static DaprApiException Bad(Exception cause, string prefix) =>
        new(Malformed, prefix + cause.Message, StatusCodes.Status400BadRequest, StatusCode.InvalidArgument);
}

/// <summary>What state answers say besides the value.</summary>
internal static class StateMetadata
{
    /// <summary>Name of the time an entry ends.</summary>
    public const string ExpiryName = "ttlExpireTime";

    /// <summary>A time as daprd writes it.</summary>
    public static string Format(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
