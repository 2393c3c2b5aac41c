using Grpc.Core;
using NexusCart.Orders.Actors;
using NexusCart.Orders.Checkout;
using NexusCart.Workflows.Fulfilment;

namespace NexusCart.Orders.AfterSales;

/// <summary>Starts the fulfilment of paid orders, once each.</summary>
public sealed class FulfilmentStarter(ISagaEngine engine, OrderStore orders)
{
    /// <summary>Starts an order's fulfilment, unless that was done before.</summary>
    /// <param name="orderId">The paid order.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RpcException">It is not known to have started: try again.</exception>
    public async Task StartAsync(string orderId, CancellationToken cancellationToken)
    {
        var instance = FulfilmentWorkflow.InstanceIdOf(orderId);
        if (!orders.IsOwn(orderId) || await engine.FindAsync(instance, cancellationToken) is not SagaStanding.Missing)
            return;
        try
        {
            await engine.StartAsync(nameof(FulfilmentWorkflow), instance, new FulfilmentInput(orderId), cancellationToken);
        }
        catch (RpcException)
        {
            // Another delivery may have been faster.
            if (await engine.FindAsync(instance, cancellationToken) is SagaStanding.Missing)
                throw;
        }
    }
}
