using NexusCart.Sidecar.Api;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Resiliency;
using NexusCart.Sidecar.State;

namespace NexusCart.Sidecar.Locks;

/// <summary>The lock building block: stores by name, keys kept apart by prefix, errors in daprd's words.</summary>
public sealed class LockService(ComponentRegistry components, SidecarOptions options, IResiliencyPolicies policies)
{
    private const string KeyPrefix = "lock" + StateKeyPrefix.Separator;

    /// <summary>Takes a lock; false when anybody holds it.</summary>
    /// <exception cref="DaprApiException">The request is not complete, or the store is not there or failed.</exception>
    public async ValueTask<bool> TryLockAsync(string storeName, string resource, string owner, int leaseSeconds, CancellationToken cancellation)
    {
        RequireAny();
        if (leaseSeconds <= 0)
            throw LockErrors.LeaseNotPositive(storeName);
        var (store, prefix) = Open(storeName, resource, owner);
        try
        {
            var key = KeyOf(prefix, resource);
            return await policies.Outbound(storeName, ComponentKind.Lock).RunAsync(
                token => store.TryLockAsync(key, owner, TimeSpan.FromSeconds(leaseSeconds), token), cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw LockErrors.TryLock(e.Message);
        }
    }

    /// <summary>Gives a lock back.</summary>
    /// <exception cref="DaprApiException">The request is not complete, or the store is not there or failed.</exception>
    public async ValueTask<UnlockOutcome> UnlockAsync(string storeName, string resource, string owner, CancellationToken cancellation)
    {
        RequireAny();
        var (store, prefix) = Open(storeName, resource, owner);
        try
        {
            var key = KeyOf(prefix, resource);
            return await policies.Outbound(storeName, ComponentKind.Lock).RunAsync(token => store.UnlockAsync(key, owner, token), cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw LockErrors.Unlock(e.Message);
        }
    }

    private static string KeyOf(StateKeyPrefix prefix, string resource) =>
        resource.Contains(StateKeyPrefix.Separator, StringComparison.Ordinal)
            ? throw new ArgumentException($"input key/keyPrefix '{resource}' can't contain '{StateKeyPrefix.Separator}'")
            : KeyPrefix + prefix.Add(resource);

    private void RequireAny()
    {
        if (!components.OfKind<ILockStore>().Any())
            throw LockErrors.NotConfigured();
    }

    private (ILockStore Store, StateKeyPrefix Prefix) Open(string storeName, string resource, string owner)
    {
        if (resource.Length == 0)
            throw LockErrors.ResourceEmpty(storeName);
        if (owner.Length == 0)
            throw LockErrors.OwnerEmpty(storeName);
        return components.TryGet<ILockStore>(storeName, out var store, out var spec)
            ? (store, StateKeyPrefix.Of(spec, options))
            : throw LockErrors.NotFound(storeName);
    }
}
