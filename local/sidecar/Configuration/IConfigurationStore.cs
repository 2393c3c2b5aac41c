using NexusCart.Sidecar.Components;

namespace NexusCart.Sidecar.Configuration;

/// <summary>A configuration value.</summary>
/// <param name="Value">The value; empty for one that was deleted.</param>
/// <param name="Version">Its version; empty when the store knows none.</param>
/// <param name="Metadata">What else the store says about it.</param>
public sealed record ConfigurationItem(string Value, string Version, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>What subscribers get for a key that is gone.</summary>
    public static ConfigurationItem Deleted { get; } = new("", "", new Dictionary<string, string>());
}

/// <summary>Takes changes in their order; must be quick and not throw.</summary>
public delegate void ConfigurationListener(IReadOnlyDictionary<string, ConfigurationItem> changes);

/// <summary>A configuration store driver. Thread-safe.</summary>
public interface IConfigurationStore : IComponent
{
    /// <summary>The values of the keys that exist; all there are when <paramref name="keys"/> is empty.</summary>
    ValueTask<IReadOnlyDictionary<string, ConfigurationItem>> GetAsync(
        IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellation);

    /// <summary>
    /// Reports every change after the task has completed, of the keys or of all when <paramref name="keys"/> is empty; disposing
    /// the result ends that.
    /// </summary>
    Task<IAsyncDisposable> SubscribeAsync(
        IReadOnlyList<string> keys,
        IReadOnlyDictionary<string, string> metadata,
        ConfigurationListener listener,
        CancellationToken cancellation);
}
