using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using NexusCart.Sidecar.Bindings;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Json;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>The HTTP face of <see cref="BindingService"/>.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the container.")]
internal sealed class BindingEndpoints(BindingService bindings)
{
    private static readonly string[] PostOrPut = [HttpMethods.Post, HttpMethods.Put];

    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapMethods("/v1.0/bindings/{name}", PostOrPut, (RequestDelegate)InvokeAsync);

    private async Task InvokeAsync(HttpContext context)
    {
        var request = Read(await BodyAsync(context), TraceContext.Of(context));
        if (await bindings.InvokeAsync(context.PathValue("name"), request, context.RequestAborted) is not { } response)
        {
            await context.Response.NoContentAsync();
            return;
        }

        foreach (var (name, value) in BindingErrors.HeadersOf(response))
            context.Response.Headers[name] = value;
        await context.Response.JsonBytesAsync(response.Data);
    }

    private static async ValueTask<ReadOnlyMemory<byte>> BodyAsync(HttpContext context)
    {
        try
        {
            return await RequestBody.ReadAsync(context);
        }
        catch (BodyTooLargeException e)
        {
            throw ProtoBody.Malformed(e);
        }
    }

    // The data is any JSON; the binding gets its text, that of a string with its quotes.
    private static BindingRequest Read(ReadOnlyMemory<byte> body, TraceContext trace)
    {
        try
        {
            var root = GoJson.Parse(body.Span);
            if (root.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null))
                throw JsonReading.Wrong("", root, "http.OutputBindingRequest");
            var metadata = root.TextMap("metadata") ?? new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            metadata[TraceContext.ParentHeader] = trace.TraceParent;
            if (trace.TraceState is not null)
                metadata[TraceContext.StateHeader] = trace.TraceState;
            return new BindingRequest(root.Text("operation"), root.Member("data") is { } data ? GoJson.Write(data) : "null"u8.ToArray(), metadata);
        }
        catch (JsonException e)
        {
            throw ProtoBody.Malformed(e);
        }
    }
}
