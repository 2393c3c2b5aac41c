using System.Buffers;
using System.IO.Pipelines;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>A request body over the limit; each API family has its own answer to it.</summary>
public sealed class BodyTooLargeException() : Exception("stream too large");

/// <summary>Reads request bodies within the limit of the sidecar.</summary>
public static class RequestBody
{
    /// <summary>The whole body; empty when there is none.</summary>
    /// <exception cref="BodyTooLargeException">It is larger than <see cref="SidecarOptions.MaxBodySize"/>.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(HttpContext context)
    {
        var limit = context.RequestServices.GetRequiredService<SidecarOptions>().MaxBodySize;
        if (context.Request.ContentLength > limit)
            throw new BodyTooLargeException();
        var reader = context.Request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(context.RequestAborted);
            if (result.Buffer.Length > limit)
                throw new BodyTooLargeException();
            if (result.IsCompleted)
            {
                var body = result.Buffer.ToArray();
                reader.AdvanceTo(result.Buffer.End);
                return body;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }
}
