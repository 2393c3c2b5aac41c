using System.Buffers;
using System.Net.Http.Headers;

namespace NexusCart.Sidecar.Actors;

/// <summary>What an app answered to a method call. The body is in a pooled buffer: dispose it when it is written.</summary>
public sealed class ActorReply : IDisposable
{
    private const string DefaultContentType = "application/json";
    private const int SmallestBuffer = 512;

    private readonly HttpResponseMessage _message;
    private byte[] _buffer;
    private int _length;

    private ActorReply(HttpResponseMessage message, byte[] buffer)
    {
        _message = message;
        _buffer = buffer;
    }

    /// <summary>The app's status.</summary>
    public int Status => (int)_message.StatusCode;

    /// <summary>The body, valid until the reply is disposed.</summary>
    public ReadOnlyMemory<byte> Body => _buffer.AsMemory(0, _length);

    /// <summary>The app's content type; JSON when it gave none.</summary>
    public string ContentType =>
        _message.Content.Headers.NonValidated.TryGetValues("Content-Type", out var values) ? values.ToString() : DefaultContentType;

    /// <summary>The app's headers, without those about the content.</summary>
    public HttpHeadersNonValidated Headers => _message.Headers.NonValidated;

    /// <summary>The app's headers about the content.</summary>
    public HttpHeadersNonValidated ContentHeaders => _message.Content.Headers.NonValidated;

    /// <summary>Reads the whole answer, so that the turn can end before the caller has taken it.</summary>
    public static async ValueTask<ActorReply> ReadAsync(HttpResponseMessage message, CancellationToken cancellation)
    {
        var expected = (int)Math.Min(message.Content.Headers.ContentLength ?? 0, int.MaxValue / 2);
        // One more than expected: the read that finds the end needs room too.
        var reply = new ActorReply(message, ArrayPool<byte>.Shared.Rent(Math.Max(expected + 1, SmallestBuffer)));
        try
        {
            if (message.Content.Headers.ContentLength == 0)
                return reply;
            var stream = await message.Content.ReadAsStreamAsync(cancellation);
            while (true)
            {
                var read = await stream.ReadAsync(reply._buffer.AsMemory(reply._length), cancellation);
                if (read == 0)
                    return reply;
                reply.Advance(read);
            }
        }
        catch
        {
            reply.Dispose();
            throw;
        }
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
        _message.Dispose();
    }

    private void Advance(int read)
    {
        _length += read;
        if (_length < _buffer.Length)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
