using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using NexusCart.Sidecar.Api;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Metrics;
using NexusCart.Sidecar.Resiliency;

namespace NexusCart.Sidecar.Configuration;

/// <summary>The configuration building block: stores by name, subscriptions by id, errors in daprd's words.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the container.")]
internal sealed class ConfigurationService(
    Hosting.Sidecar sidecar, ComponentRegistry components, IResiliencyPolicies policies, ILogger<ConfigurationService> logger)
    : IAppLifecycle, IComponentListener
{
    private readonly ConcurrentDictionary<string, ConfigurationSubscription> _subscriptions = new(StringComparer.Ordinal);

    /// <summary>The values of the keys that exist; all there are when <paramref name="keys"/> is empty.</summary>
    /// <exception cref="DaprApiException">The store is not there or failed.</exception>
    public async ValueTask<IReadOnlyDictionary<string, ConfigurationItem>> GetAsync(
        string store, IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellation)
    {
        var driver = Find(store);
        var meter = Measure(store, "get");
        var success = false;
        try
        {
            var items = await policies.Outbound(store, ComponentKind.Configuration).RunAsync(token => driver.GetAsync(keys, metadata, token), cancellation);
            success = true;
            return items;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw ConfigurationErrors.Get(store, keys, e.Message);
        }
        finally
        {
            meter?.End(success);
        }
    }

    /// <summary>Begins to watch keys; the caller pumps what changes.</summary>
    /// <exception cref="DaprApiException">The store is not there or failed.</exception>
    public async Task<ConfigurationSubscription> SubscribeAsync(
        string store, IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellation)
    {
        var driver = Find(store);
        var subscription = new ConfigurationSubscription(store, logger);
        var meter = Measure(store, "subscribe");
        var success = false;
        try
        {
            await policies.Outbound(store, ComponentKind.Configuration).RunAsync(
                async token => await subscription.OpenAsync(driver, keys, metadata, token), cancellation);
            success = true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw ConfigurationErrors.Subscribe(store, keys, e.Message);
        }
        finally
        {
            meter?.End(success);
        }

        _subscriptions[subscription.Id] = subscription;
        return subscription;
    }

    /// <summary>Ends a subscription of a store, or of any when <paramref name="store"/> is null; false when there is none of that id.</summary>
    public async Task<bool> UnsubscribeAsync(string? store, string id)
    {
        if (!_subscriptions.TryGetValue(id, out var subscription) || (store is not null && subscription.Store != store))
            return false;
        if (!_subscriptions.TryRemove(KeyValuePair.Create(id, subscription)))
            return false;
        var meter = Measure(subscription.Store, "unsubscribe");
        await subscription.DisposeAsync();
        meter?.End(success: true);
        return true;
    }

    /// <summary>Subscriptions go on at a store that took another's place, and end with one that is gone.</summary>
    public async Task OnComponentChangedAsync(string name, CancellationToken cancellation)
    {
        foreach (var subscription in _subscriptions.Values.Where(subscription => subscription.Store == name))
        {
            try
            {
                if (components.TryGet<IConfigurationStore>(name, out var driver, out _))
                    await subscription.ReopenAsync(driver, cancellation);
                else
                    await UnsubscribeAsync(name, subscription.Id);
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                logger.LogError("a subscription of configuration store {Store} has ended: {Error}", name, e.Message);
                await UnsubscribeAsync(name, subscription.Id);
            }
        }
    }

    /// <summary>Makes sure that the store is there.</summary>
    /// <exception cref="DaprApiException">It is not.</exception>
    public void Require(string store) => Find(store);

    /// <inheritdoc/>
    public async Task OnStoppingAsync(CancellationToken cancellation)
    {
        foreach (var id in _subscriptions.Keys)
            await UnsubscribeAsync(store: null, id);
    }

    private OperationMeter? Measure(string store, string operation) =>
        sidecar.Metrics?.Components.Configuration(store, operation).Begin();

    private IConfigurationStore Find(string store)
    {
        if (components.TryGet<IConfigurationStore>(store, out var driver, out _))
            return driver;
        throw components.OfKind<IConfigurationStore>().Any() ? ConfigurationErrors.NotFound(store) : ConfigurationErrors.NotConfigured();
    }
}
