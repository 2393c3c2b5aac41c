using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Platform.Actors;

namespace NexusCart.Orders.Actors;

/// <summary>The calls of the registry of cells.</summary>
public interface ICellsActor : IActor
{
    /// <summary>Opens a cell.</summary>
    Task OpenAsync(string cell);

    /// <summary>The cells that were opened.</summary>
    Task<List<string>> ReadAsync();
}

/// <summary>Which cells take customers. A cell is never taken out: its orders stay there. State key: <c>cells</c>.</summary>
public sealed class CellsActor(ActorHost host) : Actor(host), ICellsActor
{
    /// <summary>The actor's id.</summary>
    public const string CellsId = "cells";

    private const string StateKey = "cells";

    /// <inheritdoc/>
    public async Task OpenAsync(string cell)
    {
        var known = await ReadAsync();
        if (!known.Contains(cell))
            await StateManager.CommitAsync(StateKey, (List<string>)[.. known, cell]);
    }

    /// <inheritdoc/>
    public async Task<List<string>> ReadAsync() => await StateManager.FindAsync<List<string>>(StateKey) ?? [];
}
