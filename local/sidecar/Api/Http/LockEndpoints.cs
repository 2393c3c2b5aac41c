using System.Diagnostics.CodeAnalysis;
using NexusCart.Sidecar.Locks;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>The HTTP face of <see cref="LockService"/>.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the container.")]
internal sealed class LockEndpoints(LockService locks)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1.0-alpha1/lock/{store}", (RequestDelegate)TryLockAsync);
        routes.MapPost("/v1.0-alpha1/unlock/{store}", (RequestDelegate)UnlockAsync);
    }

    private async Task TryLockAsync(HttpContext context)
    {
        var request = await ProtoBody.ReadAsync<Rt.TryLockRequest>(context);
        var success = await locks.TryLockAsync(
            context.PathValue("store"), request.ResourceId, request.LockOwner, request.ExpiryInSeconds, context.RequestAborted);
        await context.Response.JsonAsync(new { success });
    }

    private async Task UnlockAsync(HttpContext context)
    {
        var request = await ProtoBody.ReadAsync<Rt.UnlockRequest>(context);
        var outcome = await locks.UnlockAsync(context.PathValue("store"), request.ResourceId, request.LockOwner, context.RequestAborted);
        await context.Response.JsonAsync(new { status = (int)outcome });
    }
}
