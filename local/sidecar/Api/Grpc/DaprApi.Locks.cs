using Grpc.Core;
using NexusCart.Sidecar.Locks;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Api.Grpc;

/// <content>Locks.</content>
public sealed partial class DaprApi
{
    private LockService Locks => field ??= Block<LockService>();

    /// <summary>Takes a lock unless anybody holds it.</summary>
    public async Task<Rt.TryLockResponse> TryLockAlpha1(Rt.TryLockRequest request, ServerCallContext context) => new()
    {
        Success = await Locks.TryLockAsync(
            request.StoreName, request.ResourceId, request.LockOwner, request.ExpiryInSeconds, context.CancellationToken),
    };

    /// <summary>Gives a lock back.</summary>
    public async Task<Rt.UnlockResponse> UnlockAlpha1(Rt.UnlockRequest request, ServerCallContext context) => new()
    {
        Status = (Rt.UnlockResponse.Types.Status)await Locks.UnlockAsync(
            request.StoreName, request.ResourceId, request.LockOwner, context.CancellationToken),
    };
}
