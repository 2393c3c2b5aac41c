using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace NexusCart.Platform.Errors;

/// <summary>What of gRPC shows in HTTP.</summary>
public static class RpcWire
{
    /// <summary>Whether the request is gRPC or gRPC-Web (and not JSON).</summary>
    public static bool IsRpc(this HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.ContentType is { } type && type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Answers a gRPC request with nothing but a status ("trailers only").</summary>
    public static void WriteStatus(HttpResponse response, StatusCode code, string message)
    {
        ArgumentNullException.ThrowIfNull(response);
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = response.HttpContext.Request.ContentType is { } asked
            && asked.StartsWith("application/grpc-web", StringComparison.OrdinalIgnoreCase) ? asked : "application/grpc";
        response.Headers.GrpcStatus = ((int)code).ToString(CultureInfo.InvariantCulture);
        response.Headers.GrpcMessage = Uri.EscapeDataString(message);
    }
}
