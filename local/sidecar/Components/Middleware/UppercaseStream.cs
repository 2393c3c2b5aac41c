using System.Text;

namespace NexusCart.Sidecar.Components.Middleware;

/// <summary>
/// UTF-8 text in capital letters, as it comes. A letter whose capital takes another number of bytes stays, so that the length that was
/// announced for the text holds.
/// </summary>
internal sealed class UppercaseStream(Stream inner) : Stream
{
    // Bytes of a letter that the last read cut.
    private readonly byte[] _cut = new byte[4];
    private int _cutLength;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        Raise(buffer.Span[..read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = inner.Read(buffer, offset, count);
        Raise(buffer.AsSpan(offset, read));
        return read;
    }

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    // The first bytes of a letter that a read cuts have been handed out already, so it stays as it is.
    private void Raise(Span<byte> bytes)
    {
        while (_cutLength > 0 && bytes.Length > 0)
        {
            _cut[_cutLength++] = bytes[0];
            bytes = bytes[1..];
            if (Rune.DecodeFromUtf8(_cut.AsSpan(0, _cutLength), out _, out _) != System.Buffers.OperationStatus.NeedMoreData)
                _cutLength = 0;
        }

        while (bytes.Length > 0)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var length);
            if (status == System.Buffers.OperationStatus.NeedMoreData)
            {
                bytes.CopyTo(_cut);
                _cutLength = bytes.Length;
                return;
            }

            var capital = Rune.ToUpperInvariant(rune);
            if (status == System.Buffers.OperationStatus.Done && capital.Utf8SequenceLength == length)
                capital.EncodeToUtf8(bytes);
            bytes = bytes[length..];
        }
    }
}
