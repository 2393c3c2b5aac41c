using System.Diagnostics.CodeAnalysis;
using Grpc.Core;
using NexusCart.Sidecar.Api;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Secrets;

/// <summary>The secrets building block: finds the store, keeps to the scopes of the configuration, reads.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the container.")]
internal sealed class SecretService(Hosting.Sidecar sidecar, ComponentRegistry components, RuntimeConfiguration configuration)
{
    /// <summary>The values under one key.</summary>
    /// <exception cref="DaprApiException">There is no such store or secret, or the app may not read it.</exception>
    public async Task<IReadOnlyDictionary<string, string>> GetAsync(string storeName, string key, CancellationToken cancellation)
    {
        var store = Find(storeName);
        if (!IsAllowed(storeName, key))
        {
            throw new DaprApiException(
                "ERR_PERMISSION_DENIED", $"access denied by policy to get \"{key}\" from \"{storeName}\"", StatusCodes.Status403Forbidden, StatusCode.PermissionDenied);
        }

        var meter = sidecar.Metrics?.Components.Secret(storeName, "get").Begin();
        var success = false;
        try
        {
            var values = await store.GetAsync(key, cancellation);
            success = true;
            return values;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw Failed($"failed getting secret with key {key} from secret store {storeName}: {e.Message}");
        }
        finally
        {
            meter?.End(success);
        }
    }

    /// <summary>All secrets the app may read.</summary>
    /// <exception cref="DaprApiException">There is no such store, or it failed.</exception>
    public async Task<IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>> GetAllAsync(string storeName, CancellationToken cancellation)
    {
        var store = Find(storeName);
        var meter = sidecar.Metrics?.Components.Secret(storeName, "bulk_get").Begin();
        var success = false;
        try
        {
            var all = await store.GetAllAsync(cancellation);
            success = true;
            return all.Where(secret => IsAllowed(storeName, secret.Key)).ToDictionary(StringComparer.Ordinal);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw Failed($"failed getting secrets from secret store {storeName}: {e.Message}");
        }
        finally
        {
            meter?.End(success);
        }
    }

    private ISecretStore Find(string name)
    {
        if (components.TryGet<ISecretStore>(name, out var store, out _))
            return store;
        throw components.OfKind<ISecretStore>().Any()
            ? new DaprApiException(
                "ERR_SECRET_STORE_NOT_FOUND", $"failed finding secret store with key {name}", StatusCodes.Status401Unauthorized, StatusCode.InvalidArgument)
            : new DaprApiException(
                "ERR_SECRET_STORES_NOT_CONFIGURED", "secret store is not configured", StatusCodes.Status500InternalServerError, StatusCode.FailedPrecondition);
    }

    // A list of allowed secrets is the whole truth; without one the denied ones and then the default decide.
    private bool IsAllowed(string storeName, string key)
    {
        var scope = configuration.SecretScopes.FirstOrDefault(scope => scope.StoreName == storeName);
        if (scope is null)
            return true;
        return scope.Allowed.Count > 0
            ? scope.Allowed.Contains(key)
            : !scope.Denied.Contains(key) && scope.AllowByDefault;
    }

    private static DaprApiException Failed(string message) =>
        new("ERR_SECRET_GET", message, StatusCodes.Status500InternalServerError, StatusCode.Internal);
}
