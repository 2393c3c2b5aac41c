using Microsoft.OpenApi;
using NexusCart.Gateway.Entrance;

namespace NexusCart.Gateway.OpenApi;

/// <summary>GET /openapi/v1.json</summary>
internal static class OpenApiEndpoint
{
    public const string Path = "/openapi/v1.json";

    public static void MapOpenApiDocument(this WebApplication app)
    {
        var document = new Lazy<Task<byte[]>>(RenderAsync);
        app.MapGet(Path, async (HttpContext context) =>
        {
            context.Response.Headers.CacheControl = "public, max-age=300";
            return TypedResults.Bytes(await document.Value, "application/json");
        }).AllowAnonymous().WithMetadata(new PublicEndpoint());
    }

    /// <summary>The document as JSON.</summary>
    public static async Task<byte[]> RenderAsync()
    {
        using var stream = new MemoryStream();
        await OpenApiBuilder.Build().SerializeAsJsonAsync(stream, OpenApiSpecVersion.OpenApi3_1);
        return stream.ToArray();
    }
}
