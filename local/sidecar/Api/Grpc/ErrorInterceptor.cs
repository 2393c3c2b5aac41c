using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using NexusCart.Sidecar.Metrics;
using NexusCart.Sidecar.Tracing;

namespace NexusCart.Sidecar.Api.Grpc;

/// <summary>Turns what the building blocks throw into gRPC statuses, and measures the calls.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the container.")]
internal sealed class ErrorInterceptor(Hosting.Sidecar sidecar, ILogger<ErrorInterceptor> logger) : Interceptor
{
    private readonly SidecarMetrics? _metrics = sidecar.Metrics;

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        var started = Stopwatch.GetTimestamp();
        var span = sidecar.Tracing.Exports ? context.GetHttpContext().Features.Get<Activity>() : null;
        if (span is not null)
            ApiSpans.DescribeRpc(span, context.Method, request);
        try
        {
            var response = await continuation(request, context);
            _metrics?.Grpc.Served(context.Method, StatusCode.OK, SizeOf(request), SizeOf(response), started);
            return response;
        }
        catch (Exception e)
        {
            var error = Translate(e, context);
            span?.SetStatus(ActivityStatusCode.Error, error.Status.Detail);
            _metrics?.Grpc.Served(context.Method, error.StatusCode, SizeOf(request), 0, started);
            if (ReferenceEquals(error, e))
                throw;
            throw error;
        }
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(requestStream, context);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw Translate(e, context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw Translate(e, context);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw Translate(e, context);
        }
    }

    private static int SizeOf<T>(T message) => message is IMessage protobuf ? protobuf.CalculateSize() : 0;

    private RpcException Translate(Exception error, ServerCallContext context) =>
        GrpcErrors.Translate(error, context.Method, _metrics, logger, context.CancellationToken);
}
