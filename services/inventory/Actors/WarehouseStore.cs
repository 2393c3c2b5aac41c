using NexusCart.Inventory.Domain;
using NexusCart.Platform.Actors;

namespace NexusCart.Inventory.Actors;

/// <summary>The stored warehouses.</summary>
public interface IWarehouseStore
{
    /// <summary>All of them.</summary>
    /// <exception cref="Grpc.Core.RpcException">Unavailable: they could not be read.</exception>
    Task<IReadOnlyList<Warehouse>> ReadAllAsync(CancellationToken cancellationToken);

    /// <summary>Stores one, and answers it with its new version.</summary>
    /// <exception cref="Grpc.Core.RpcException">Unavailable: unknown, repeat.</exception>
    Task<Warehouse> PutAsync(Warehouse draft, CancellationToken cancellationToken);
}

/// <summary>The warehouses in their one shard.</summary>
internal sealed class WarehouseStore(ShardClient<Warehouse, WarehouseCommand, WarehouseAnswer> shard) : IWarehouseStore
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<Warehouse>> ReadAllAsync(CancellationToken cancellationToken)
    {
        var all = new List<Warehouse>();
        for (string? token = ""; token is not null;)
        {
            var page = await shard.ReadPageAsync(0, token, cancellationToken);
            all.AddRange(page.Entities);
            token = page.NextToken.Length > 0 ? page.NextToken : null;
        }

        return all;
    }

    /// <inheritdoc/>
    public async Task<Warehouse> PutAsync(Warehouse draft, CancellationToken cancellationToken) =>
        (await shard.ExecuteAsync(draft.Id, new WarehouseCommand(draft), cancellationToken)).Warehouse!;
}
