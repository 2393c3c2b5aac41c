namespace NexusCart.Sidecar.Invocation;

/// <summary>A call of an app's method, as a caller's request described it.</summary>
internal sealed record InvocationRequest
{
    /// <summary>The app id as the caller wrote it.</summary>
    public required string AppId { get; init; }

    /// <summary>HTTP method.</summary>
    public required string Verb { get; init; }

    /// <summary>The method, decoded, without a leading slash.</summary>
    public required string Method { get; init; }

    /// <summary>The query without its question mark; empty for none.</summary>
    public string Query { get; init; } = "";

    /// <summary>Headers of the caller, hop-by-hop ones already left out.</summary>
    public required IReadOnlyList<KeyValuePair<string, string[]>> Headers { get; init; }

    /// <summary>Trace headers for the next leg.</summary>
    public required Hosting.TraceContext Trace { get; init; }

    /// <summary>The body, or null when the request has none.</summary>
    public InvocationBody? Body { get; init; }
}

/// <summary>A request body: bytes that can be sent again, or a stream that can be sent once.</summary>
internal abstract class InvocationBody
{
    /// <summary>Whether it can be sent more than once.</summary>
    public abstract bool IsReplayable { get; }

    /// <summary>The body as the content of a request.</summary>
    public abstract HttpContent ToContent();

    /// <summary>All of it.</summary>
    public abstract ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellation);

    /// <summary>Bytes in memory.</summary>
    public sealed class Bytes(ReadOnlyMemory<byte> bytes) : InvocationBody
    {
        public override bool IsReplayable => true;

        public override HttpContent ToContent() => new ReadOnlyMemoryContent(bytes);

        public override ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellation) => ValueTask.FromResult(bytes);
    }

    /// <summary>A stream, passed on as it comes.</summary>
    /// <param name="stream">Ends with an exception at the size limit.</param>
    /// <param name="length">Its length when the caller said it.</param>
    public sealed class Streamed(Stream stream, long? length) : InvocationBody
    {
        public override bool IsReplayable => false;

        public override HttpContent ToContent() => new FlushingContent(stream, length);

        public override async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellation)
        {
            var buffer = new MemoryStream();
            await stream.CopyToAsync(buffer, cancellation);
            return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        }
    }

    private sealed class FlushingContent : HttpContent
    {
        private readonly Stream _stream;
        private readonly long? _length;

        public FlushingContent(Stream stream, long? length)
        {
            _stream = stream;
            _length = length;
            Headers.ContentLength = length;
        }

        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context, CancellationToken cancellationToken)
        {
            var buffer = new byte[16 << 10];
            int read;
            while ((read = await _stream.ReadAsync(buffer, cancellationToken)) > 0)
            {
                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                await stream.FlushAsync(cancellationToken);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _length ?? 0;
            return _length is not null;
        }
    }
}
