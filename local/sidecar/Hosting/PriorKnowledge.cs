using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace NexusCart.Sidecar.Hosting;

/// <summary>
/// HTTP/1.1 and HTTP/2 without TLS on one port, as daprd's HTTP API has it. Kestrel chooses between the two only by what TLS negotiated;
/// here the first bytes of a connection decide: an HTTP/2 client that knows what it speaks to begins with the preface of RFC 9113, 3.4.
/// Such a connection is handed over, bytes untouched, to a second endpoint that speaks nothing else and listens nowhere.
/// </summary>
internal sealed class PriorKnowledge : IConnectionListenerFactory, IConnectionListenerFactorySelector, IConnectionListener
{
    private static readonly byte[] Preface = Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    private static readonly HandOverEndPoint Address = new();

    private readonly Channel<HandedOver> _accepted = Channel.CreateUnbounded<HandedOver>();

    EndPoint IConnectionListener.EndPoint => Address;

    /// <summary>Opens a port for both.</summary>
    public void Listen(KestrelServerOptions kestrel, int port)
    {
        kestrel.ListenLocalhost(port, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => connection => ServeAsync(connection, next));
        });
        kestrel.Listen(Address, listen => listen.Protocols = HttpProtocols.Http2);
    }

    public bool CanBind(EndPoint endpoint) => endpoint is HandOverEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => new(this);

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
        await _accepted.Reader.WaitToReadAsync(cancellationToken) && _accepted.Reader.TryRead(out var connection) ? connection : null;

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _accepted.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => UnbindAsync();

    private async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (!await BeginsWithPrefaceAsync(connection.Transport.Input, connection.ConnectionClosed))
        {
            await next(connection);
            return;
        }

        var handedOver = new HandedOver(connection);
        if (_accepted.Writer.TryWrite(handedOver))
            await handedOver.Served;
    }

    private static async ValueTask<bool> BeginsWithPrefaceAsync(PipeReader input, CancellationToken closed)
    {
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(closed);
                var begin = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, Preface.Length));
                var isWhole = begin.Length == Preface.Length;
                var fits = Begins(begin);
                // Nothing is consumed. What is too little to tell counts as examined, so that the next read waits for more.
                var decided = !fits || isWhole || read.IsCompleted;
                input.AdvanceTo(read.Buffer.Start, decided ? read.Buffer.Start : read.Buffer.End);
                if (decided)
                    return fits && isWhole;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ConnectionResetException or ConnectionAbortedException)
        {
            return false;
        }
    }

    private static bool Begins(System.Buffers.ReadOnlySequence<byte> bytes)
    {
        var at = 0;
        foreach (var segment in bytes)
        {
            if (!Preface.AsSpan(at, segment.Length).SequenceEqual(segment.Span))
                return false;
            at += segment.Length;
        }

        return true;
    }

    private sealed class HandOverEndPoint : EndPoint
    {
        public override string ToString() => "http/2 without tls";
    }

    /// <summary>The connection as the second endpoint sees it; its end gives it back to the first, which closes the socket.</summary>
    private sealed class HandedOver(ConnectionContext connection) : ConnectionContext
    {
        private readonly TaskCompletionSource _served = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Served => _served.Task;

        public override IDuplexPipe Transport { get; set; } = connection.Transport;

        public override string ConnectionId { get; set; } = connection.ConnectionId;

        public override IFeatureCollection Features => connection.Features;

        public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

        public override CancellationToken ConnectionClosed { get; set; } = connection.ConnectionClosed;

        public override EndPoint? LocalEndPoint { get; set; } = connection.LocalEndPoint;

        public override EndPoint? RemoteEndPoint { get; set; } = connection.RemoteEndPoint;

        public override void Abort(ConnectionAbortedException abortReason) => connection.Abort(abortReason);

        public override ValueTask DisposeAsync()
        {
            _served.TrySetResult();
            return base.DisposeAsync();
        }
    }
}
