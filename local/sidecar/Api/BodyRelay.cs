using System.Buffers;

namespace NexusCart.Sidecar.Api;

/// <summary>Looks at a body that passes by in pieces.</summary>
internal interface IBodyInspector
{
    /// <summary>Looks at the next piece, before it is written.</summary>
    void Inspect(ReadOnlySpan<byte> piece);
}

/// <summary>A body of an app's answer that was passed on without a length of its own.</summary>
/// <param name="Bytes">How much it was.</param>
internal sealed record RelayedBody(long Bytes);

/// <summary>Passes the body of an app's answer on to the caller.</summary>
internal static class BodyRelay
{
    private const int BufferBytes = 16 << 10;
    private const int FlushBytes = 64 << 10;

    /// <summary>
    /// Copies until the end. What has arrived goes out together, headers included; before it waits for more it flushes, so that a
    /// stream is passed on as it comes.
    /// </summary>
    /// <param name="source">The app's body.</param>
    /// <param name="response">The answer to the caller; its status and headers are set.</param>
    /// <param name="headersFirst">Whether the headers may go out while the body's first byte is still awaited.</param>
    /// <param name="inspector">Sees each piece before it is written; null when nobody needs to.</param>
    /// <param name="cancellation">Cancelled when the caller went away.</param>
    public static async Task CopyAsync(
        Stream source, HttpResponse response, bool headersFirst, IBodyInspector? inspector, CancellationToken cancellation)
    {
        // Not given back after a failure: the read under way might still write to it.
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        var unsent = 0;
        var relayed = 0L;
        try
        {
            while (true)
            {
                if (unsent >= FlushBytes)
                {
                    unsent = 0;
                    await response.BodyWriter.FlushAsync(cancellation);
                }

                var reading = source.ReadAsync(buffer, cancellation);
                if (!reading.IsCompleted && (unsent > 0 || (headersFirst && !response.HasStarted)))
                {
                    unsent = 0;
                    await response.BodyWriter.FlushAsync(cancellation);
                }

                var read = await reading;
                if (read == 0)
                    break;
                inspector?.Inspect(buffer.AsSpan(0, read));
                response.BodyWriter.Write(buffer.AsSpan(0, read));
                unsent += read;
                relayed += read;
            }
        }
        catch when (unsent > 0)
        {
            // The caller gets what came before the failure, and with it the failure cannot be taken for the whole answer.
            await response.BodyWriter.FlushAsync(cancellation);
            throw;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        if (response.ContentLength is null)
            response.HttpContext.Features.Set(new RelayedBody(relayed));
        // The server flushes the end of an answer only when all of it is still to be sent.
        if (unsent > 0 && response.HasStarted)
            await response.BodyWriter.FlushAsync(cancellation);
    }
}
