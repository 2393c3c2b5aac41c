using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Actors;

namespace NexusCart.Orders.Actors;

/// <summary>Sends commands to the shard that an order's id names.</summary>
public sealed class OrderStore(ShardClient<Order, OrderCommand, OrderAnswer> shards)
{
    /// <summary>How many shards there are.</summary>
    public int ShardCount => shards.ShardCount;

    /// <summary>The shard that holds all of a customer's orders and keys.</summary>
    /// <param name="customerId">The customer.</param>
    public int ShardOf(string customerId) => shards.ShardOf(customerId);

    /// <summary>The group a customer's orders are listed under: a hash, since his id may be any text.</summary>
    /// <param name="customerId">The customer.</param>
    public static string GroupOf(string customerId) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(customerId)).AsSpan(0, 16));

    /// <summary>Executes a command on an order.</summary>
    /// <param name="orderId">The order; an id that can be no order's is answered as missing.</param>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RpcException">Unavailable: the outcome is unknown, repeat it.</exception>
    public Task<OrderAnswer> ExecuteAsync(string orderId, OrderCommand command, CancellationToken cancellationToken = default) =>
        OrderId.TryParse(orderId) is { } id && id.Shard < shards.ShardCount
            ? shards.ExecuteAsync(id.Shard, id.Slot, command, cancellationToken)
            : Task.FromResult(new OrderAnswer(OrderOutcome.Missing));

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
    public Task<OrderAnswer> FindAsync(FindOrder find, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(find);
        return shards.ExecuteAsync(
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
    public Task<ShardPage<Order>> ListAsync(string customerId, string token, int limit, CancellationToken cancellationToken) =>
        shards.ReadGroupAsync(ShardOf(customerId), GroupOf(customerId), token, limit, cancellationToken);

    /// <summary>All orders of a shard, newest first.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="token">Empty for the first page, then the token of the page before.</param>
    /// <param name="limit">Most orders in the page.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<ShardPage<Order>> ReadBackAsync(int shard, string token, int limit, CancellationToken cancellationToken) =>
        shards.ReadGroupAsync(shard, string.Empty, token, limit, cancellationToken);

    /// <summary>All orders of a shard, oldest first.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="token">Empty for the first page, then the token of the page before.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<ShardPage<Order>> ReadPageAsync(int shard, string token, CancellationToken cancellationToken) =>
        shards.ReadPageAsync(shard, token, cancellationToken);
}
