using System.Collections.Immutable;

namespace NexusCart.Sidecar.Actors;

/// <summary>
/// Where the actors of one type live: rendezvous hashing over the hosts, so that a host that comes or goes moves no more actors
/// than it takes or leaves. Immutable; a change of hosts makes a new route.
/// </summary>
internal sealed class ActorRoute(ImmutableArray<ActorHost> hosts, ImmutableArray<ActorHost> before, Task settled)
{
    /// <summary>The hosts of the type; empty when there is none at present.</summary>
    public ImmutableArray<ActorHost> Hosts { get; } = hosts;

    /// <summary>The host of an actor; null when there is none.</summary>
    public ActorHost? OwnerOf(string id) => OwnerOf(id, Hosts);

    /// <summary>Ends when the actor may run on its owner: at once, unless it is just leaving another host.</summary>
    public Task MovedAsync(string id) =>
        settled.IsCompleted || ReferenceEquals(OwnerOf(id), OwnerOf(id, before)) ? Task.CompletedTask : settled;

    private static ActorHost? OwnerOf(string id, ImmutableArray<ActorHost> hosts)
    {
        if (hosts.Length <= 1)
            return hosts.IsEmpty ? null : hosts[0];
        // Every process hashes strings with a seed of its own; placement does not outlive the process, so that is fine.
        var idHash = (ulong)(uint)string.GetHashCode(id, StringComparison.Ordinal);
        var owner = hosts[0];
        var best = Weigh(owner, idHash);
        for (var i = 1; i < hosts.Length; i++)
        {
            var weight = Weigh(hosts[i], idHash);
            if (weight > best || (weight == best && string.CompareOrdinal(hosts[i].Key, owner.Key) > 0))
                (owner, best) = (hosts[i], weight);
        }

        return owner;
    }

    // The finalizer of SplitMix64.
    private static ulong Weigh(ActorHost host, ulong idHash)
    {
        var x = idHash ^ ((ulong)(uint)string.GetHashCode(host.Key, StringComparison.Ordinal) << 32);
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
