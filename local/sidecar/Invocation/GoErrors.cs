using System.Net.Sockets;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Sidecar.Invocation;

/// <summary>Failures to reach an app in the words of Go's HTTP client, which callers of daprd may be looking for.</summary>
internal static class GoErrors
{
    /// <summary>The text for a request that did not get through.</summary>
    public static string Describe(InvocationRequest request, SidecarOptions app, HttpRequestException error)
    {
        var address = $"{app.AppChannelAddress}:{app.AppPort}";
        var verb = request.Verb[..1].ToUpperInvariant() + request.Verb[1..].ToLowerInvariant();
        var scheme = app.AppProtocol is AppProtocol.Https or AppProtocol.Grpcs ? "https" : "http";
        var reason = error.GetBaseException() switch
        {
            SocketException { SocketErrorCode: SocketError.ConnectionRefused } => $"dial tcp {address}: connect: connection refused",
            _ when error.HttpRequestError == HttpRequestError.ResponseEnded => "EOF",
            _ => error.Message,
        };
        return error is AppRequestException ? reason : $"{verb} \"{scheme}://{address}{MethodPath.ToRequestPath(request.Method, request.Query)}\": {reason}";
    }
}

/// <summary>A request that never left, with the whole text for the caller.</summary>
internal sealed class AppRequestException(string message) : HttpRequestException(message);
