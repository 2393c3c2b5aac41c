using Grpc.Core;
using Microsoft.Extensions.Options;
using NexusCart.Orders.Actors;
using NexusCart.Orders.Domain;
using NexusCart.Workflows.Checkout;

namespace NexusCart.Orders.Checkout;

/// <summary>Brings an order to an end whose saga cannot do it any more.</summary>
public sealed partial class OrderRepair(
    ISagaEngine engine, OrderStore orders, IOptions<OrdersOptions> options, ILogger<OrderRepair> logger)
{
    /// <summary>Does what is needed, if anything.</summary>
    /// <param name="order">An order that is not at an end.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>True when the order is at an end now; false when its saga, or its repair, is under way.</returns>
    public async Task<bool> TryAsync(Order order, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var saga = await engine.FindAsync(order.OrderId, cancellationToken);
        if (saga is SagaStanding.Active)
            return false;

        // The order is read again after the look: it may have come to its end just before its saga did.
        switch (await orders.ReadStatusAsync(order.OrderId, cancellationToken))
        {
            case OrderStatus.Starting when saga is SagaStanding.Missing:
                return false; // Its start is pending in its shard.
            case OrderStatus.Starting:
                // The first step marks the order before it does anything: nothing was done.
                LogNeverBegun(logger, order.OrderId, saga);
                await orders.AbandonAsync(
                    order.OrderId, OrderReasons.NotStarted, "The checkout broke off before it began.", cancellationToken);
                return true;
            case OrderStatus.Processing or OrderStatus.ActionRequired:
                await StartRepairAsync(order, saga, cancellationToken);
                return false;
            default:
                return true;
        }
    }

    private async Task StartRepairAsync(Order order, SagaStanding saga, CancellationToken cancellationToken)
    {
        var instance = CheckoutRepairWorkflow.InstanceIdOf(order.OrderId);
        if (await engine.FindAsync(instance, cancellationToken) is SagaStanding.Active)
            return;
        LogRepairing(logger, order.OrderId, saga);
        try
        {
            await engine.StartAsync(nameof(CheckoutRepairWorkflow), instance, options.Value.SagaInputOf(order), cancellationToken);
        }
        catch (RpcException failure)
        {
            // Another replica may have been faster; if nobody was, the next sweep tries again.
            LogNotStarted(logger, order.OrderId, failure.StatusCode);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Order {OrderId}: its saga is {Standing} and never began; the order is given up")]
    private static partial void LogNeverBegun(ILogger logger, string orderId, SagaStanding standing);

    [LoggerMessage(Level = LogLevel.Error, Message = "Order {OrderId}: its saga is {Standing} without having ended the order; it is repaired")]
    private static partial void LogRepairing(ILogger logger, string orderId, SagaStanding standing);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Order {OrderId}: the repair was not started ({Code})")]
    private static partial void LogNotStarted(ILogger logger, string orderId, StatusCode code);
}
