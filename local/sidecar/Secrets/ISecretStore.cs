using NexusCart.Sidecar.Components;

namespace NexusCart.Sidecar.Secrets;

/// <summary>A secret store driver.</summary>
public interface ISecretStore : IComponent
{
    /// <summary>The values under a key (one pair in most stores).</summary>
    /// <exception cref="KeyNotFoundException">There is no such secret; the message is the store's own.</exception>
    Task<IReadOnlyDictionary<string, string>> GetAsync(string key, CancellationToken cancellation);

    /// <summary>Every secret the store has.</summary>
    Task<IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>> GetAllAsync(CancellationToken cancellation);
}
