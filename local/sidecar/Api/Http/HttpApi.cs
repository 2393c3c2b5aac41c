using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>What the HTTP adapters share: how answers are written and request metadata read.</summary>
public static class HttpApi
{
    private const string MetadataPrefix = "metadata.";

    /// <summary>JSON as the API writes it: camelCase, absent members left out.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Query items <c>metadata.NAME=value</c> as request metadata, names compared without regard to case; of several values the first.</summary>
    public static Dictionary<string, string> MetadataOf(HttpRequest request)
    {
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in request.Query)
        {
            if (name.StartsWith(MetadataPrefix, StringComparison.Ordinal))
                metadata[name[MetadataPrefix.Length..]] = values[0] ?? "";
        }

        return metadata;
    }

    /// <summary>Answers 204.</summary>
    public static Task NoContentAsync(this HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>Answers with JSON bytes as they are.</summary>
    public static async Task JsonBytesAsync(this HttpResponse response, ReadOnlyMemory<byte> json, int status = StatusCodes.Status200OK)
    {
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = json.Length;
        await response.Body.WriteAsync(json, response.HttpContext.RequestAborted);
    }

    /// <summary>Answers with a value as JSON.</summary>
    public static Task JsonAsync<T>(this HttpResponse response, T value, int status = StatusCodes.Status200OK) =>
        response.JsonBytesAsync(JsonSerializer.SerializeToUtf8Bytes(value, Json), status);
}
