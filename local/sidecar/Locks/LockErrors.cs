using Grpc.Core;
using NexusCart.Sidecar.Api;

namespace NexusCart.Sidecar.Locks;

/// <summary>The errors of the lock API, with daprd's codes and words.</summary>
internal static class LockErrors
{
    public static DaprApiException NotConfigured() => new(
        "ERR_LOCK_STORE_NOT_CONFIGURED", "lock store is not configured", StatusCodes.Status500InternalServerError, StatusCode.FailedPrecondition);

    public static DaprApiException NotFound(string store) => new(
        "ERR_LOCK_STORE_NOT_FOUND", $"lock store {store} not found", StatusCodes.Status400BadRequest, StatusCode.InvalidArgument);

    public static DaprApiException ResourceEmpty(string store) => Malformed($"ResourceId is empty in lock store {store}");

    public static DaprApiException OwnerEmpty(string store) => Malformed($"LockOwner is empty in lock store {store}");

    public static DaprApiException LeaseNotPositive(string store) => Malformed($"ExpiryInSeconds is not positive in lock store {store}");

    public static DaprApiException TryLock(string reason) => new(
        "ERR_TRY_LOCK", "failed to try acquiring lock: " + reason, StatusCodes.Status500InternalServerError, StatusCode.Internal);

    public static DaprApiException Unlock(string reason) => new(
        "ERR_UNLOCK", "failed to release lock: " + reason, StatusCodes.Status500InternalServerError, StatusCode.Internal);

    private static DaprApiException Malformed(string message) =>
        new("ERR_MALFORMED_REQUEST", message, StatusCodes.Status400BadRequest, StatusCode.InvalidArgument);
}
