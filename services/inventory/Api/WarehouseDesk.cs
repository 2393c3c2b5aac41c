using NexusCart.Inventory.Actors;
using NexusCart.Inventory.Domain;
using NexusCart.Inventory.ReadModel;
using NexusCart.Platform.Errors;

namespace NexusCart.Inventory.Api;

/// <summary>Opens and describes warehouses, and answers which of them a request may name.</summary>
public sealed class WarehouseDesk(
    WarehouseDirectory directory, IWarehouseStore store, WarehouseRanking ranking, InventoryOptions options)
{
    private const int Most = 100;

    /// <summary>Every warehouse, as it is stored now.</summary>
    public async Task<IReadOnlyList<Warehouse>> ListAsync(CancellationToken cancellationToken)
    {
        await directory.RefreshAsync(store, cancellationToken);
        return directory.All;
    }

    /// <summary>Opens a warehouse, or describes it anew.</summary>
    /// <exception cref="Grpc.Core.RpcException">FailedPrecondition: there are too many. Unavailable: unknown.</exception>
    public async Task<Warehouse> PutAsync(Warehouse draft, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (await FindAsync(draft.Id, cancellationToken) is null && directory.All.Count >= Most)
            throw Refusal.Precondition("too_many_warehouses", $"There are {Most} warehouses, which is the most.");
        var stored = await store.PutAsync(draft, cancellationToken);
        directory.Put(stored);
        return stored;
    }

    /// <summary>The plan by which the units of an order are found.</summary>
    /// <param name="country">Where they go; empty when that is not known.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Grpc.Core.RpcException">Unavailable: the warehouses could not be read after a start.</exception>
    public async Task<AllocationPlan> PlanForAsync(string country, CancellationToken cancellationToken)
    {
        if (!directory.IsLoaded)
            await directory.RefreshAsync(store, cancellationToken);
        return new AllocationPlan(ranking.Rank(directory.All, country), options.Allocation.Split);
    }

    /// <summary>The warehouse a request names; the default one when it names none. Adds a violation when there is no such warehouse.</summary>
    public async Task<string> RequireAsync(Violations violations, string id, string field, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(violations);
        var name = id.Length == 0 ? Warehouse.DefaultId : id;
        violations.Check(await FindAsync(name, cancellationToken) is not null, field, "must be the id of a warehouse, or empty for main");
        return name;
    }

    /// <summary>Refuses goods for a warehouse that takes in none.</summary>
    /// <exception cref="Grpc.Core.RpcException">FailedPrecondition: it is inactive.</exception>
    public void RequireActive(string id)
    {
        if (directory.Closed.Contains(id))
            throw Refusal.Precondition("warehouse_inactive", $"The warehouse {id} is inactive.");
    }

    /// <summary>A warehouse; another replica may have opened it just now.</summary>
    private async Task<Warehouse?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (directory.Find(id) is { } known)
            return known;
        await directory.RefreshAsync(store, cancellationToken);
        return directory.Find(id);
    }
}
