using Microsoft.AspNetCore.Http;

namespace NexusCart.Platform.Errors;

/// <summary>A request body that remembers what was read of it, so that a refusal can say where it is wrong.</summary>
internal sealed class RecordedBody(Stream inner) : Stream
{
    /// <summary>Larger bodies are still read, but no longer remembered.</summary>
    private const int Most = 64 * 1024;

    private readonly MemoryStream _recorded = new();
    private bool _overflowed;
    private bool _ended;

    /// <summary>What the server raised while the body was read: over the limit, broken off.</summary>
    public BadHttpRequestException? Fault { get; private set; }

    /// <summary>The whole body was read and is remembered.</summary>
    public bool Consumed => _ended && !_overflowed;

    /// <summary>The bytes read.</summary>
    public ReadOnlyMemory<byte> Recorded => _recorded.GetBuffer().AsMemory(0, (int)_recorded.Length);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public static RecordedBody Attach(HttpRequest request)
    {
        var body = new RecordedBody(request.Body);
        request.Body = body;
        return body;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            _ended |= read == 0 && buffer.Length > 0;
            Remember(buffer.Span[..read]);
            return read;
        }
        catch (BadHttpRequestException fault)
        {
            Fault = fault;
            throw;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("The body is read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Remember(ReadOnlySpan<byte> bytes)
    {
        if (_overflowed) return;
        if (_recorded.Length + bytes.Length > Most) _overflowed = true;
        else _recorded.Write(bytes);
    }
}
