using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace NexusCart.Platform.Errors;

/// <summary>A problem document (RFC 9457).</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What went wrong in this case, for people; null where the title says it all.</param>
/// <param name="Reason">Machine-readable, where a service gave one: "idempotency_key_reused".</param>
/// <param name="Errors">Reasons by field.</param>
public sealed record Problem(
    int Status, string? Detail = null, string? Reason = null, IReadOnlyDictionary<string, List<string>>? Errors = null)
{
    /// <summary>The content type of problem documents.</summary>
    public const string ContentType = "application/problem+json";

    /// <summary>When to try again, where that is known: the Retry-After header, in whole seconds.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The kind of problem: a stable URN, "urn:nexuscart:problem:not-found".</summary>
    public string Type => $"urn:nexuscart:problem:{Title.ToLowerInvariant().Replace(' ', '-')}";

    /// <summary>The status in words.</summary>
    public string Title => ReasonPhrases.GetReasonPhrase(Status);

    /// <summary>One wrong field, HTTP 400.</summary>
    public static Problem Invalid(string field, string reason) => new(
        StatusCodes.Status400BadRequest, $"{field}: {reason}", null, new Dictionary<string, List<string>> { [field] = [reason] });

    // The content type forbids reading it as HTML, so quotes and umlauts may stay as they are.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The HTTP status of a gRPC status, as google.rpc.Code defines it.</summary>
    public static int HttpStatus(StatusCode code) => code switch
    {
        StatusCode.OK => StatusCodes.Status200OK,
        StatusCode.Cancelled => StatusCodes.Status499ClientClosedRequest,
        StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.OutOfRange => StatusCodes.Status400BadRequest,
        StatusCode.Unauthenticated => StatusCodes.Status401Unauthorized,
        StatusCode.PermissionDenied => StatusCodes.Status403Forbidden,
        StatusCode.NotFound => StatusCodes.Status404NotFound,
        StatusCode.AlreadyExists or StatusCode.Aborted => StatusCodes.Status409Conflict,
        StatusCode.ResourceExhausted => StatusCodes.Status429TooManyRequests,
        StatusCode.Unimplemented => StatusCodes.Status501NotImplemented,
        StatusCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
        StatusCode.DeadlineExceeded => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status500InternalServerError,
    };

    /// <summary>The gRPC status of an HTTP status.</summary>
    public static StatusCode RpcStatus(int status) => status switch
    {
        StatusCodes.Status400BadRequest or StatusCodes.Status415UnsupportedMediaType => StatusCode.InvalidArgument,
        StatusCodes.Status401Unauthorized => StatusCode.Unauthenticated,
        StatusCodes.Status403Forbidden => StatusCode.PermissionDenied,
        StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed => StatusCode.Unimplemented,
        StatusCodes.Status409Conflict => StatusCode.AlreadyExists,
        StatusCodes.Status413PayloadTooLarge or StatusCodes.Status429TooManyRequests => StatusCode.ResourceExhausted,
        StatusCodes.Status499ClientClosedRequest => StatusCode.Cancelled,
        StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable => StatusCode.Unavailable,
        StatusCodes.Status504GatewayTimeout => StatusCode.DeadlineExceeded,
        _ => StatusCode.Internal,
    };

    /// <summary>Answers with this problem: a document over HTTP, a status in the headers to a gRPC client. The response must not
    /// have started.</summary>
    public Task WriteAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var response = context.Response;
        if (context.Request.IsRpc())
        {
            RpcWire.WriteStatus(response, RpcStatus(Status), Detail ?? Title);
            return Task.CompletedTask;
        }

        response.StatusCode = Status;
        response.ContentType = ContentType;
        response.Headers.CacheControl = "no-store";
        if (RetryAfter is { } wait)
            response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var body = ToJson(context);
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body).AsTask();
    }

    private ReadOnlyMemory<byte> ToJson(HttpContext context)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer, Readable);
        json.WriteStartObject();
        json.WriteString("type", Type);
        json.WriteString("title", Title);
        json.WriteNumber("status", Status);
        if (Detail is not null) json.WriteString("detail", Detail);
        if (Reason is not null) json.WriteString("reason", Reason);
        if (Errors is { Count: > 0 })
        {
            json.WriteStartObject("errors");
            foreach (var (field, reasons) in Errors)
            {
                json.WriteStartArray(field);
                foreach (var reason in reasons) json.WriteStringValue(reason);
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        json.WriteString("traceId", Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
