using NexusCart.Orders.Actors;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Actors;

namespace NexusCart.Orders.Cells;

/// <summary>
/// The deployments that orders is spread over. Each keeps its orders, sagas and events in a state store of its own; any of them reaches the
/// orders of all, since a cell's shards are actors of a type of its own.
/// </summary>
public interface IOrderCells
{
    /// <summary>The cell that this process belongs to.</summary>
    string Own { get; }

    /// <summary>How many shards each cell has.</summary>
    int ShardCount { get; }

    /// <summary>The cells that take orders, in the order of their names.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    ValueTask<IReadOnlyList<string>> AllAsync(CancellationToken cancellationToken);

    /// <summary>The shards of a cell; null when there is no such cell.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    ValueTask<ShardClient<Order, OrderCommand, OrderAnswer>?> FindAsync(string cell, CancellationToken cancellationToken);

    /// <summary>The cell in which a customer places orders: the same for ever, since his idempotency keys are kept there.</summary>
    /// <param name="customerId">The customer.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    ValueTask<string> HomeOfAsync(string customerId, CancellationToken cancellationToken);
}

/// <summary>One cell, as orders has by default.</summary>
/// <param name="shards">Its shards.</param>
/// <param name="cell">Its name.</param>
public sealed class SingleCell(ShardClient<Order, OrderCommand, OrderAnswer> shards, string cell) : IOrderCells
{
    /// <inheritdoc/>
    public string Own => cell;

    /// <inheritdoc/>
    public int ShardCount => shards.ShardCount;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> AllAsync(CancellationToken cancellationToken) => new([cell]);

    /// <inheritdoc/>
    public ValueTask<ShardClient<Order, OrderCommand, OrderAnswer>?> FindAsync(string cell, CancellationToken cancellationToken) =>
        new(cell == Own ? shards : null);

    /// <inheritdoc/>
    public ValueTask<string> HomeOfAsync(string customerId, CancellationToken cancellationToken) => new(cell);
}
