using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using NexusCart.Sidecar.Metrics;

namespace NexusCart.Sidecar.Invocation;

/// <summary>Measures the calls of an app that speaks gRPC.</summary>
internal sealed class AppCallMeter(GrpcMetrics metrics) : Interceptor
{
    private const string HealthCheck = "/dapr.proto.runtime.v1.AppCallbackHealthCheck/HealthCheck";

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        var started = Stopwatch.GetTimestamp();
        var call = continuation(request, context);
        return new AsyncUnaryCall<TResponse>(
            MeasureAsync(call.ResponseAsync, context.Method.FullName, request, started),
            call.ResponseHeadersAsync,
            call.GetStatus,
            call.GetTrailers,
            call.Dispose);
    }

    private async Task<TResponse> MeasureAsync<TRequest, TResponse>(Task<TResponse> answer, string method, TRequest request, long started)
    {
        try
        {
            var response = await answer;
            Note(method, StatusCode.OK, request, SizeOf(response), started);
            return response;
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException)
        {
            Note(method, e is RpcException failure ? failure.StatusCode : StatusCode.Cancelled, request, 0, started);
            throw;
        }
    }

    private void Note<TRequest>(string method, StatusCode status, TRequest request, int responseBytes, long started)
    {
        if (method == HealthCheck)
            metrics.Probed(status, started);
        else
            metrics.Called(method, status, SizeOf(request), responseBytes, started);
    }

    private static int SizeOf<T>(T message) => message is IMessage protobuf ? protobuf.CalculateSize() : 0;
}
