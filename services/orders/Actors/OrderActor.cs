using System.Text.Json;
using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Orders.Checkout;
using NexusCart.Orders.Domain;
using NexusCart.Orders.Errands;
using NexusCart.Orders.Events;
using NexusCart.Platform.Actors;

namespace NexusCart.Orders.Actors;

/// <summary>The calls an order shard takes.</summary>
public interface IOrderActor : IActor
{
    /// <inheritdoc cref="AggregateShard{TEntity,TCommand,TAnswer}.ExecuteAsync"/>
    Task<ShardReply<OrderAnswer>[]> ExecuteAsync(ShardCommand<OrderCommand>[] batch);

    /// <inheritdoc cref="AggregateShard{TEntity,TCommand,TAnswer}.ReadPageAsync"/>
    Task<ShardPage<Order>> ReadPageAsync(ShardPageRequest request);

    /// <inheritdoc cref="AggregateShard{TEntity,TCommand,TAnswer}.ReadGroupAsync"/>
    Task<ShardPage<Order>> ReadGroupAsync(ShardGroupRequest request);
}

/// <summary>
/// One shard of the orders: the only writer of its orders and their events, and the only one who starts their sagas. The start,
/// like every errand, waits beside the events, in the same transaction that changes the order, so it is made up for after any crash.
/// </summary>
public sealed class OrderActor(ActorHost host, AggregateShardServices services, CheckoutStarter starter, ErrandRunner errands)
    : AggregateShard<Order, OrderCommand, OrderAnswer>(host, services), IOrderActor
{
    /// <inheritdoc/>
    protected override ShardDecision<Order, OrderAnswer> Decide(
        string entityId, Order? entity, OrderCommand command, DateTimeOffset now) => OrderDecisions.Decide(entity, command, now);

    /// <inheritdoc/>
    protected override string GroupOf(Order entity) => OrderStore.GroupOf(entity.CustomerId);

    /// <inheritdoc/>
    protected override Task DispatchAsync(PendingEvent pending, CancellationToken cancellationToken)
    {
        if (pending.Type != CheckoutStart.Type)
            return errands.Run(pending, cancellationToken) ?? base.DispatchAsync(pending, cancellationToken);
        var start = pending.Data.Deserialize(OrderEventsJson.Default.CheckoutStart)
            ?? throw new JsonException($"Pending event {pending.Id} has no data.");
        return starter.StartAsync(start, cancellationToken);
    }
}
