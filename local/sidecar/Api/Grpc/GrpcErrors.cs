using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using NexusCart.Sidecar.Metrics;

namespace NexusCart.Sidecar.Api.Grpc;

/// <summary>Errors on the gRPC port.</summary>
internal static class GrpcErrors
{
    private const string DetailsTrailer = "grpc-status-details-bin";

    /// <summary>The exception that makes the gRPC server answer with this error.</summary>
    public static RpcException ToRpcException(DaprApiException error)
    {
        var message = error.GrpcMessage ?? error.Message;
        return error.Details.Count == 0
            ? new RpcException(new Status(error.GrpcStatus, message))
            : StatusOf(error.GrpcStatus, message, error.Details).ToRpcException();
    }

    /// <summary>What a call that failed is answered with; errors that nobody foresaw are logged.</summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="rpc">The full name of the method.</param>
    /// <param name="metrics">Counts errors by their code; null: nobody does.</param>
    /// <param name="logger">The log.</param>
    /// <param name="aborted">Cancelled when the caller has gone.</param>
    public static RpcException Translate(Exception error, string rpc, SidecarMetrics? metrics, ILogger logger, CancellationToken aborted)
    {
        switch (error)
        {
            case RpcException already:
                return already;
            case DaprApiException known:
                metrics?.Errors?.Answered(known.ErrorCode);
                return ToRpcException(known);
            case OperationCanceledException when aborted.IsCancellationRequested:
                return new RpcException(new Status(StatusCode.Cancelled, "the caller went away"));
            default:
                logger.LogError(error, "gRPC {Method} failed", rpc);
                return new RpcException(new Status(StatusCode.Internal, error.Message));
        }
    }

    /// <summary>Answers a call that failed before it had anything to say: status 200 and the outcome in the headers.</summary>
    public static Task WriteTrailersOnlyAsync(HttpContext context, RpcException error)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        foreach (var (name, value) in OutcomeHeaders(error.StatusCode, error.Status.Detail, []))
            response.Headers[name] = value;
        foreach (var trailer in error.Trailers)
            response.Headers.Append(trailer.Key, trailer.IsBinary ? Convert.ToBase64String(trailer.ValueBytes) : trailer.Value);
        return response.CompleteAsync();
    }

    /// <summary>Answers a call that never reached a service: status 200 and the outcome in the headers.</summary>
    public static Task WriteTrailersOnlyAsync(
        HttpContext context, StatusCode code, string message, params IReadOnlyList<Google.Protobuf.IMessage> details)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        foreach (var (name, value) in OutcomeHeaders(code, message, details))
            response.Headers[name] = value;
        return response.CompleteAsync();
    }

    /// <summary>The outcome as headers or trailers.</summary>
    public static IEnumerable<(string Name, string Value)> OutcomeHeaders(
        StatusCode code, string message, IReadOnlyList<Google.Protobuf.IMessage> details)
    {
        yield return ("grpc-status", ((int)code).ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (message.Length > 0)
            yield return ("grpc-message", Uri.EscapeDataString(message));
        if (details.Count > 0)
            yield return (DetailsTrailer, Convert.ToBase64String(Google.Protobuf.MessageExtensions.ToByteArray(StatusOf(code, message, details))).TrimEnd('='));
    }

    private static Google.Rpc.Status StatusOf(StatusCode code, string message, IReadOnlyList<Google.Protobuf.IMessage> details)
    {
        var status = new Google.Rpc.Status { Code = (int)code, Message = message };
        status.Details.AddRange(details.Select(Any.Pack));
        return status;
    }
}
