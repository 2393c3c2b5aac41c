using System.Collections.Concurrent;
using Dapr.Actors.Client;
using NexusCart.Orders.Actors;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Caching;

namespace NexusCart.Orders.Cells;

/// <summary>
/// Several cells. Which there are stands in a registry that grows while the shop runs; where a customer is at home is decided once, by his
/// index actor. So a new cell takes new customers only, nothing is moved, and a process that has not heard of it yet does no harm.
/// </summary>
public sealed class ManyCells(
    ShardClient<Order, OrderCommand, OrderAnswer> own,
    string cell,
    IOrderBooks books,
    IActorProxyFactory proxies,
    ActorBatcherOptions batching,
    TimeProvider clock,
    ILogger<ManyCells> logger) : IOrderCells
{
    /// <summary>The cell that is always there, and whose actors keep the shop's books.</summary>
    public const string Founding = "0";

    private const int MostHomes = 100_000;
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, ShardClient<Order, OrderCommand, OrderAnswer>> _others = new(StringComparer.Ordinal);
    private readonly GenerationalCache<string, string> _homes = new(MostHomes);
    private volatile Registry? _registry;

    /// <inheritdoc/>
    public string Own => cell;

    /// <inheritdoc/>
    public int ShardCount => own.ShardCount;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> AllAsync(CancellationToken cancellationToken)
    {
        var known = _registry;
        if (known is not null && clock.GetElapsedTime(known.ReadAt) < Freshness)
            return known.Cells;
        var cells = await books.ReadCellsAsync(cancellationToken);
        IReadOnlyList<string> all = [.. cells.Append(Founding).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        _registry = new Registry(all, clock.GetTimestamp());
        return all;
    }

    /// <inheritdoc/>
    public async ValueTask<ShardClient<Order, OrderCommand, OrderAnswer>?> FindAsync(string cell, CancellationToken cancellationToken)
    {
        if (cell == Own)
            return own;
        if (_others.TryGetValue(cell, out var known))
            return known;
        // A cell is there for ever, so only unknown names are looked up again.
        return (await AllAsync(cancellationToken)).Contains(cell, StringComparer.Ordinal) ? _others.GetOrAdd(cell, Connect) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<string> HomeOfAsync(string customerId, CancellationToken cancellationToken)
    {
        if (_homes.TryGet(customerId, out var known))
            return known;
        var cells = await AllAsync(cancellationToken);
        var home = await books.HomeAsync(customerId, await WantedAsync(customerId, cells, cancellationToken), cancellationToken);
        _homes.Set(customerId, home);
        return home;
    }

    // Whoever bought before there were cells is at home in the founding one.
    private async Task<string> WantedAsync(string customerId, IReadOnlyList<string> cells, CancellationToken cancellationToken)
    {
        var founding = (await FindAsync(Founding, cancellationToken))!;
        var before = await founding.ReadGroupAsync(founding.ShardOf(customerId), OrderStore.GroupOf(customerId), string.Empty, 1, cancellationToken);
        return before.Entities.Count > 0 ? Founding : cells[StableHash.Bucket(customerId, cells.Count)];
    }

    private ShardClient<Order, OrderCommand, OrderAnswer> Connect(string other) =>
        new(proxies, OrdersOptions.ActorTypeOf(other), own.ShardCount, batching, clock, null, logger);

    private sealed record Registry(IReadOnlyList<string> Cells, long ReadAt);
}
