using System.Collections.Frozen;
using NexusCart.Inventory.Actors;
using NexusCart.Inventory.Domain;

namespace NexusCart.Inventory.ReadModel;

/// <summary>All warehouses in memory, in every replica. Only a higher version replaces, so nothing that comes twice or late does harm.</summary>
public sealed class WarehouseDirectory : IWarehouses
{
    private readonly Lock _sync = new();
    private volatile FrozenDictionary<string, Warehouse> _byId =
        new Dictionary<string, Warehouse> { [Warehouse.DefaultId] = Warehouse.Default }.ToFrozenDictionary(StringComparer.Ordinal);

    private volatile IReadOnlySet<string> _closed = FrozenSet<string>.Empty;

    /// <inheritdoc/>
    public IReadOnlySet<string> Closed => _closed;

    /// <summary>Whether all that are stored have been read.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Every warehouse, in the order of their ids.</summary>
    public IReadOnlyList<Warehouse> All => [.. _byId.Values.OrderBy(warehouse => warehouse.Id, StringComparer.Ordinal)];

    /// <summary>A warehouse; null when it is not known here.</summary>
    public Warehouse? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>Takes a warehouse in, unless a newer version is there.</summary>
    public void Put(Warehouse warehouse)
    {
        lock (_sync)
        {
            if (_byId.TryGetValue(warehouse.Id, out var present) && present.Version >= warehouse.Version)
                return;
            var next = new Dictionary<string, Warehouse>(_byId) { [warehouse.Id] = warehouse };
            _closed = next.Values.Where(candidate => !candidate.Active).Select(candidate => candidate.Id).ToFrozenSet(StringComparer.Ordinal);
            _byId = next.ToFrozenDictionary(StringComparer.Ordinal);
        }
    }

    /// <summary>Reads all of them.</summary>
    /// <exception cref="Grpc.Core.RpcException">Unavailable: they could not be read.</exception>
    public async Task RefreshAsync(IWarehouseStore store, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        foreach (var warehouse in await store.ReadAllAsync(cancellationToken))
            Put(warehouse);
        IsLoaded = true;
    }
}
