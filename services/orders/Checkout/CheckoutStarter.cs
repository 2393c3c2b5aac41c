using Grpc.Core;
using Microsoft.Extensions.Options;
using NexusCart.Orders.Actors;
using NexusCart.Workflows.Checkout;

namespace NexusCart.Orders.Checkout;

/// <summary>
/// Starts sagas for the order shards, once each. An instance that exists is never started again; should that be attempted all
/// the same (a finished instance whose history was purged), the saga's first step finds the order at an end and stops.
/// </summary>
public sealed partial class CheckoutStarter(
    ISagaEngine engine,
    OrderStore orders,
    IOptions<OrdersOptions> options,
    TimeProvider clock,
    ILogger<CheckoutStarter> logger)
{
    /// <summary>An order that waited longer was tried before, perhaps with success: it is looked up first.</summary>
    private static readonly TimeSpan SurelyFirst = TimeSpan.FromSeconds(3);

    /// <summary>Starts a saga, or gives its order up when that was not possible for too long.</summary>
    /// <param name="start">The saga.</param>
    /// <param name="cancellationToken">Ends the attempt; its outcome is then unknown.</param>
    /// <exception cref="RpcException">The saga may or may not have been started: try again later.</exception>
    public async Task StartAsync(CheckoutStart start, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(start);
        var orderId = start.Input.OrderId;
        var waited = clock.GetUtcNow() - start.PlacedAt;
        if (waited > SurelyFirst && await engine.FindAsync(orderId, cancellationToken) is not SagaStanding.Missing)
            return;
        if (waited > options.Value.StartDeadline)
        {
            // Nobody expects to be charged for an order long after it was placed.
            LogAbandoned(logger, orderId, waited);
            await orders.AbandonAsync(orderId, OrderReasons.NotStarted, "The checkout could not be started in time.", cancellationToken);
            return;
        }

        await StartNowAsync(start.Input, cancellationToken);
    }

    private async Task StartNowAsync(CheckoutInput input, CancellationToken cancellationToken)
    {
        try
        {
            await engine.StartAsync(nameof(CheckoutWorkflow), input.OrderId, input, cancellationToken);
        }
        catch (RpcException failure)
        {
            // An instance that is already active is an error too, and so is any call while no worker is connected.
            if (await engine.FindAsync(input.OrderId, cancellationToken) is SagaStanding.Missing)
                throw;
            LogStartedBefore(logger, input.OrderId, failure.StatusCode);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Order {OrderId} is given up: its checkout could not be started for {Waited}")]
    private static partial void LogAbandoned(ILogger logger, string orderId, TimeSpan waited);

    [LoggerMessage(Level = LogLevel.Information, Message = "The checkout of order {OrderId} had been started before ({Code})")]
    private static partial void LogStartedBefore(ILogger logger, string orderId, StatusCode code);
}
