using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

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
