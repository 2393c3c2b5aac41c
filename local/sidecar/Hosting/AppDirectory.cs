using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace NexusCart.Sidecar.Hosting;

/// <summary>Finds the sidecars of this process by app id; several instances of one id share the calls in turn.</summary>
public sealed class AppDirectory
{
    private readonly ConcurrentDictionary<string, ImmutableArray<Sidecar>> _byAppId = new(StringComparer.Ordinal);
    private uint _turn;

    /// <summary>Raised after a sidecar joined or left.</summary>
    public event Action? Changed;

    /// <summary>Every sidecar of the process.</summary>
    public IEnumerable<Sidecar> All => _byAppId.Values.SelectMany(instances => instances);

    /// <summary>Makes a sidecar reachable by its app id.</summary>
    public void Join(Sidecar sidecar)
    {
        _byAppId.AddOrUpdate(sidecar.Options.AppId, [sidecar], (_, others) => others.Add(sidecar));
        Changed?.Invoke();
    }

    /// <summary>Takes a sidecar out; calls under way are not cut.</summary>
    public void Leave(Sidecar sidecar)
    {
        _byAppId.AddOrUpdate(sidecar.Options.AppId, [], (_, others) => others.Remove(sidecar));
        Changed?.Invoke();
    }

    /// <summary>All instances of an app id; empty when there is none.</summary>
    public ImmutableArray<Sidecar> Instances(string appId) =>
        _byAppId.TryGetValue(appId, out var instances) ? instances : [];

    /// <summary>The next instance of an app id in turn, or null when there is none.</summary>
    public Sidecar? Pick(string appId)
    {
        var instances = Instances(appId);
        return instances.Length switch
        {
            0 => null,
            1 => instances[0],
            _ => instances[(int)(Interlocked.Increment(ref _turn) % (uint)instances.Length)],
        };
    }
}
