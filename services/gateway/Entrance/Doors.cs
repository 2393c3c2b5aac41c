using Yarp.ReverseProxy.Model;

namespace NexusCart.Gateway.Entrance;

/// <summary>Marks an endpoint as one for the world.</summary>
internal sealed class PublicEndpoint;

/// <summary>
/// Two doors, one house: from outside only public endpoints exist, from the sidecar only the others (events, health).
/// </summary>
internal sealed class DoorMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint() is { } endpoint && endpoint is RouteEndpoint && IsPublic(endpoint) != context.IsPublic())
            context.SetEndpoint(null); // As if it were not there; the answer is 404.
        return next(context);
    }

    private static bool IsPublic(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<PublicEndpoint>() is not null || endpoint.Metadata.GetMetadata<RouteModel>() is not null;
}
