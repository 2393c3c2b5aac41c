using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Values;
using NexusCart.Users.Domain;
using NexusCart.Users.Keys;

namespace NexusCart.Users.Actors;

/// <summary>The keys there are.</summary>
public sealed record KeyRing(IReadOnlyList<SigningKey> Keys);

/// <summary>The signing keys of the shop; every replica asks from time to time.</summary>
public interface IKeyRingActor : IActor
{
    /// <summary>The keys; makes the next one when it is due.</summary>
    Task<KeyRing> CurrentAsync();
}

/// <summary>
/// The one that makes signing keys, so that replicas agree. Whoever asks drives the rotation; while nobody asks, nobody signs.
/// State key: <c>keys</c>, private keys encrypted.
/// </summary>
public sealed class KeyRingActor(ActorHost host, KeyVault vault, UsersOptions options, TimeProvider time) : Actor(host), IKeyRingActor
{
    /// <summary>The id of the one there is.</summary>
    public const string OnlyId = "ring";

    private const string StateKey = "keys";

    /// <inheritdoc/>
    public async Task<KeyRing> CurrentAsync()
    {
        var now = time.GetUtcNow();
        var ring = await StateManager.FindAsync<KeyRing>(StateKey) ?? new KeyRing([]);
        if (!options.Keys.NeedsKey(ring.Keys, now))
            return ring;
        var id = Identifiers.New(time);
        return await StateManager.CommitAsync(StateKey, new KeyRing(options.Keys.Add(ring.Keys, id, vault.Make(id), now)));
    }
}
