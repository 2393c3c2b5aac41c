using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Pipelines;
using Google.Protobuf;
using Grpc.Core;
using NexusCart.Sidecar.Metrics;

namespace NexusCart.Sidecar.Api.Grpc;

/// <summary>
/// Serves a unary RPC by hand: one message in, one call, one message out. For RPCs that come by the ten thousand a second, where what
/// the gRPC server does around each (a call context, interceptors, a service scope) costs more than the call. Whatever is out of the
/// ordinary, such as a deadline, a compressed message or one that is too large, goes on to the gRPC server as it came.
/// </summary>
/// <param name="rpc">The full name of the method.</param>
/// <param name="parser">Reads the request.</param>
/// <param name="call">What it does.</param>
/// <param name="otherwise">The gRPC server.</param>
/// <param name="sidecar">Whose API it is.</param>
/// <param name="logger">Learns of what the call did not foresee.</param>
internal sealed class DirectUnary<TRequest, TResponse>(
    string rpc,
    MessageParser<TRequest> parser,
    Func<TRequest, HttpContext, Task<TResponse>> call,
    RequestDelegate otherwise,
    Hosting.Sidecar sidecar,
    ILogger logger)
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    private const string ContentType = "application/grpc";
    private const string Identity = "identity";
    private const int HeadBytes = 5;

    private readonly SidecarMetrics? _metrics = sidecar.Metrics;
    private readonly int _largest = sidecar.Options.MaxBodySize;

    /// <summary>Serves a request.</summary>
    public Task ServeAsync(HttpContext context)
    {
        var request = context.Request;
        var isPlain = request.ContentType == ContentType
            && request.Headers.GrpcTimeout.Count == 0
            && (request.Headers.GrpcEncoding.Count == 0 || request.Headers.GrpcEncoding == Identity)
            && HttpProtocol.IsHttp2(request.Protocol);
        return isPlain ? ServePlainAsync(context) : otherwise(context);
    }

    private async Task ServePlainAsync(HttpContext context)
    {
        var started = Stopwatch.GetTimestamp();
        if (await ReadAsync(context.Request.BodyReader) is not { } request)
        {
            await otherwise(context);
            return;
        }

        try
        {
            var response = await call(request, context);
            Write(context.Response, response);
            _metrics?.Grpc.Served(rpc, StatusCode.OK, request.CalculateSize(), response.CalculateSize(), started);
        }
        catch (Exception e)
        {
            var error = GrpcErrors.Translate(e, rpc, _metrics, logger, context.RequestAborted);
            context.Features.Get<Activity>()?.SetStatus(ActivityStatusCode.Error, error.Status.Detail);
            _metrics?.Grpc.Served(rpc, error.StatusCode, request.CalculateSize(), 0, started);
            await GrpcErrors.WriteTrailersOnlyAsync(context, error);
        }
    }

    /// <summary>The message; null, and nothing taken from the body, when there is not exactly one of a permitted size.</summary>
    private async ValueTask<TRequest?> ReadAsync(PipeReader body)
    {
        while (true)
        {
            var read = await body.ReadAsync(CancellationToken.None);
            var request = read.IsCompleted ? Parse(read.Buffer) : null;
            var isTooLarge = read.Buffer.Length > HeadBytes + (long)_largest;
            body.AdvanceTo(request is null ? read.Buffer.Start : read.Buffer.End, read.Buffer.End);
            if (read.IsCompleted || isTooLarge)
                return request;
        }
    }

    private TRequest? Parse(in ReadOnlySequence<byte> body)
    {
        if (body.Length < HeadBytes)
            return null;

        Span<byte> head = stackalloc byte[HeadBytes];
        body.Slice(0, HeadBytes).CopyTo(head);
        var length = BinaryPrimitives.ReadUInt32BigEndian(head[1..]);
        if (head[0] != 0 || length > _largest || length != body.Length - HeadBytes)
            return null;

        try
        {
            return parser.ParseFrom(body.Slice(HeadBytes));
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    /// <summary>Nothing is flushed: headers, message and outcome leave in one write when the request ends.</summary>
    private static void Write(HttpResponse response, TResponse message)
    {
        response.ContentType = ContentType;
        var size = message.CalculateSize();
        var writer = response.BodyWriter;
        var head = writer.GetSpan(HeadBytes);
        head[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(head[1..], (uint)size);
        writer.Advance(HeadBytes);
        message.WriteTo(writer);
        response.AppendTrailer("grpc-status", "0");
    }
}
