using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace NexusCart.Platform.Errors;

/// <summary>A response body that keeps back what is written under an error status, and lets everything else through.</summary>
internal sealed class HeldErrorBody(IHttpResponseBodyFeature inner, HttpResponse response) : Stream, IHttpResponseBodyFeature
{
    private MemoryStream? _held;
    private PipeWriter? _writer;

    /// <summary>What was held back; null where nothing was.</summary>
    public ReadOnlyMemory<byte>? Error => _held?.GetBuffer().AsMemory(0, (int)_held.Length);

    public Stream Stream => this;

    public PipeWriter Writer => Holds ? _writer ??= PipeWriter.Create(this, new StreamPipeWriterOptions(leaveOpen: true)) : inner.Writer;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Problem documents written further down pass; only transcoding's own errors are kept back.</summary>
    private bool Holds => _held is not null || (response.StatusCode >= 400 && !response.HasStarted
        && response.ContentType is { } type && type.StartsWith("application/json", StringComparison.OrdinalIgnoreCase));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!Holds) return inner.Stream.WriteAsync(buffer, cancellationToken);
        (_held ??= new MemoryStream()).Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count)
    {
        if (!Holds) inner.Stream.Write(buffer, offset, count);
        else (_held ??= new MemoryStream()).Write(buffer, offset, count);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) =>
        Holds ? Task.CompletedTask : inner.Stream.FlushAsync(cancellationToken);

    public override void Flush()
    {
        if (!Holds) inner.Stream.Flush();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public void DisableBuffering() => inner.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default) =>
        Holds ? Task.CompletedTask : inner.StartAsync(cancellationToken);

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        SendFileFallback.SendFileAsync(this, path, offset, count, cancellationToken);

    public Task CompleteAsync() => Holds ? Task.CompletedTask : inner.CompleteAsync();
}
