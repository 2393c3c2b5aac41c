using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Rpc;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>Renders errors of the HTTP API: <c>errorCode</c>, <c>message</c> and, for the rich families, <c>details</c>.</summary>
internal static class HttpErrors
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the error as the answer; nothing may have been sent yet.</summary>
    public static Task WriteAsync(HttpContext context, DaprApiException error)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
        {
            json.WriteStartObject();
            if (error.ErrorCode.Length > 0)
                json.WriteString("errorCode", error.ErrorCode);
            json.WriteString("message", error.Message);
            if (error.DetailsOverHttp && (error.HttpDetails ?? error.Details) is { Count: > 0 } details)
                WriteDetails(json, details);
            json.WriteEndObject();
        }

        foreach (var (name, value) in error.HttpHeaders)
            context.Response.Headers[name] = value;
        return context.Response.JsonBytesAsync(buffer.WrittenMemory, error.HttpStatus);
    }

    // Unlike protobuf's own JSON these names are snake_case and empty members are printed.
    private static void WriteDetails(Utf8JsonWriter json, IReadOnlyList<IMessage> details)
    {
        json.WriteStartArray("details");
        foreach (var detail in details)
        {
            json.WriteStartObject();
            json.WriteString("@type", "type.googleapis.com/" + detail.Descriptor.FullName);
            switch (detail)
            {
                case ErrorInfo info:
                    json.WriteString("domain", info.Domain);
                    WriteMetadata(json, info.Metadata);
                    json.WriteString("reason", info.Reason);
                    break;
                case ResourceInfo resource:
                    json.WriteString("resource_type", resource.ResourceType);
                    json.WriteString("resource_name", resource.ResourceName);
                    json.WriteString("owner", resource.Owner);
                    json.WriteString("description", resource.Description);
                    break;
                case BadRequest request:
                    WriteViolations(json, request);
                    break;
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteMetadata(Utf8JsonWriter json, MapField<string, string> metadata)
    {
        if (metadata.Count == 0)
        {
            json.WriteNull("metadata");
            return;
        }

        json.WriteStartObject("metadata");
        foreach (var (name, value) in metadata)
            json.WriteString(name, value);
        json.WriteEndObject();
    }

    private static void WriteViolations(Utf8JsonWriter json, BadRequest request)
    {
        json.WriteStartArray("field_violations");
        foreach (var violation in request.FieldViolations)
        {
            json.WriteStartObject();
            if (violation.Field.Length > 0)
                json.WriteString("field", violation.Field);
            json.WriteString("description", violation.Description);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
