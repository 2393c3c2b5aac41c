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
            items.Add(Read(item, metadata, ""));
        }

        foreach (var item in items)
        {
            if (item.Key.Length == 0)
                throw StateErrors.KeyRequired();
            state.CheckKey(store, item.Key);
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
        var keys = Parse("failed deserializing HTTP body: ", () => Keys(body.RequireObject("http.BulkGetRequest")));
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
        foreach (var (kind, request) in Parse(Prefix, () => Operations(body.RequireObject("http.stateTransactionRequestBody"))))
        {
            if (kind is not ("upsert" or "delete"))
                throw StateErrors.UnsupportedOperation(kind);
            var item = Read(request, metadata, Prefix);
            state.CheckKey(store, item.Key, isNamed: false);
            operations.Add(new StateTransactionItem(kind == "delete", item));
        }

        if (operations.Count > 0)
            await state.TransactAsync(store, operations, TraceContext.Of(context).TraceParent, context.RequestAborted);
        await context.Response.NoContentAsync();
    }

    private Task QueryAsync(HttpContext context)
    {
        state.Query(context.PathValue("store"));
        return Task.CompletedTask;
    }

    private static string[] Keys(JsonElement body)
    {
        // Neither has an effect, but both must be what they should.
        body.TextMap("metadata");
        body.Integer("parallelism");
        return [.. body.Array("keys").Select(key => key.ValueKind switch
        {
            JsonValueKind.String => key.GetString()!,
            JsonValueKind.Null => "",
            _ => throw JsonReading.Wrong("keys", key, "string"),
        })];
    }

    private static (string Kind, JsonElement Request)[] Operations(JsonElement body)
    {
        body.TextMap("metadata");
        return [.. body.Array("operations")
            .Select(operation => operation.RequireObject("http.stateTransactionRequestBodyOperation"))
            .Select(operation => (operation.Text("operation"), operation.Member("request") ?? default))];
    }

    private static StateItem Read(JsonElement item, Dictionary<string, string> requestMetadata, string errorPrefix) =>
        Parse(errorPrefix, () =>
        {
            if (item.ValueKind is not JsonValueKind.Undefined)
                item.RequireObject("state.SetRequest");
            var metadata = item.TextMap("metadata");
            if (metadata is null)
                metadata = requestMetadata;
            else
                foreach (var (name, given) in requestMetadata)
                    metadata[name] = given;
            var options = item.Member("options") ?? default;
            if (options.ValueKind is not JsonValueKind.Undefined)
                options.RequireObject("state.SetStateOption");
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
