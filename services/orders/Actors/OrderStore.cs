using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using NexusCart.Orders.Cells;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Actors;

namespace NexusCart.Orders.Actors;

/// <summary>Sends commands to the shard that an order's id names.</summary>
public sealed class OrderStore(IOrderCells cells)
{
    /// <summary>How many shards each cell has.</summary>
    public int ShardCount => cells.ShardCount;

    /// <summary>The cell that this process belongs to.</summary>
    public string OwnCell => cells.Own;

    /// <summary>The shard that holds all of a customer's orders and keys.</summary>
    /// <param name="customerId">The customer.</param>
    public int ShardOf(string customerId) => StableHash.Bucket(customerId, cells.ShardCount);

    /// <summary>Whether an order lives in this process's cell: what its events mean is then this process's business.</summary>
    /// <param name="orderId">The order.</param>
    public bool IsOwn(string orderId) => OrderId.TryParse(orderId)?.Cell == cells.Own;

    /// <inheritdoc cref="IOrderCells.AllAsync"/>
    public ValueTask<IReadOnlyList<string>> CellsAsync(CancellationToken cancellationToken) => cells.AllAsync(cancellationToken);

    /// <inheritdoc cref="IOrderCells.HomeOfAsync"/>
    public ValueTask<string> HomeOfAsync(string customerId, CancellationToken cancellationToken) => cells.HomeOfAsync(customerId, cancellationToken);

    /// <summary>The group a customer's orders are listed under: a hash, since his id may be any text.</summary>
    /// <param name="customerId">The customer.</param>
    public static string GroupOf(string customerId) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(customerId)).AsSpan(0, 16));

    /// <summary>Executes a command on an order.</summary>
    /// <param name="orderId">The order; an id that can be no order's is answered as missing.</param>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RpcException">Unavailable: the outcome is unknown, repeat it.</exception>
    public async Task<OrderAnswer> ExecuteAsync(string orderId, OrderCommand command, CancellationToken cancellationToken = default) =>
        OrderId.TryParse(orderId) is { } id && id.Shard < cells.ShardCount && await cells.FindAsync(id.Cell, cancellationToken) is { } shards
            ? await shards.ExecuteAsync(id.Shard, id.Slot, command, cancellationToken)
            : new OrderAnswer(OrderOutcome.Missing);

    /// <summary>Records an order, or finds the one its key led to before.</summary>
    /// <param name="place">The order.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<OrderAnswer> PlaceAsync(PlaceOrder place, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(place);
        return ExecuteAsync(place.Candidate.OrderId, place, cancellationToken);
    }

    /// <summary>Finds the order of a customer's key.</summary>
    /// <param name="find">Whose key, and for which request.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<OrderAnswer> FindAsync(FindOrder find, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(find);
        var shards = await ShardsOfAsync(await cells.HomeOfAsync(find.CustomerId, cancellationToken), cancellationToken);
        return await shards.ExecuteAsync(
            ShardOf(find.CustomerId), OrderId.SlotOf(find.CustomerId, find.IdempotencyKey), find, cancellationToken);
    }

    /// <summary>An order; null when there is none.</summary>
    /// <param name="orderId">Its id.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<Order?> ReadAsync(string orderId, CancellationToken cancellationToken) =>
        (await ExecuteAsync(orderId, new ReadOrder(orderId, Echo: true), cancellationToken)).Order;

    /// <summary>An order's status; null when there is none.</summary>
    /// <param name="orderId">Its id.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<OrderStatus?> ReadStatusAsync(string orderId, CancellationToken cancellationToken) =>
        (await ExecuteAsync(orderId, new ReadOrder(orderId, Echo: false), cancellationToken)).Status;

    /// <summary>Gives up an order whose saga could not be started.</summary>
    /// <param name="orderId">The order.</param>
    /// <param name="reason">Machine-readable.</param>
    /// <param name="detail">For people.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task AbandonAsync(string orderId, string reason, string detail, CancellationToken cancellationToken) =>
        ExecuteAsync(orderId, new AbandonOrder(orderId, reason, detail), cancellationToken);

    /// <summary>A customer's orders, newest first.</summary>
    /// <param name="customerId">The customer.</param>
    /// <param name="token">Empty for the first page, then the token of the page before.</param>
    /// <param name="limit">Most orders in the page.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<ShardPage<Order>> ListAsync(string customerId, string token, int limit, CancellationToken cancellationToken)
    {
        var shards = await ShardsOfAsync(await cells.HomeOfAsync(customerId, cancellationToken), cancellationToken);
        return await shards.ReadGroupAsync(ShardOf(customerId), GroupOf(customerId), token, limit, cancellationToken);
    }

    /// <summary>All orders of a shard, newest first.</summary>
    /// <param name="cell">The shard's cell.</param>
    /// <param name="shard">The shard.</param>
    /// <param name="token">Empty for the first page, then the token of the page before.</param>
    /// <param name="limit">Most orders in the page.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<ShardPage<Order>> ReadBackAsync(string cell, int shard, string token, int limit, CancellationToken cancellationToken) =>
        await (await ShardsOfAsync(cell, cancellationToken)).ReadGroupAsync(shard, string.Empty, token, limit, cancellationToken);

    /// <summary>All orders of a shard, oldest first.</summary>
    /// <param name="cell">The shard's cell.</param>
    /// <param name="shard">The shard.</param>
    /// <param name="token">Empty for the first page, then the token of the page before.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<ShardPage<Order>> ReadPageAsync(string cell, int shard, string token, CancellationToken cancellationToken) =>
        await (await ShardsOfAsync(cell, cancellationToken)).ReadPageAsync(shard, token, cancellationToken);

    private async ValueTask<ShardClient<Order, OrderCommand, OrderAnswer>> ShardsOfAsync(string cell, CancellationToken cancellationToken) =>
        await cells.FindAsync(cell, cancellationToken) ?? throw new RpcException(new Status(StatusCode.Unavailable, $"The cell '{cell}' is not known."));
}
