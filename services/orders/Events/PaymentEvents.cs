using Grpc.Core;
using NexusCart.Orders.Actors;
using NexusCart.Orders.Checkout;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Events;
using NexusCart.Workflows.Checkout;

namespace NexusCart.Orders.Events;

/// <summary>What orders reads of a payment's event; see payments for the rest.</summary>
/// <param name="PaymentId">The order's id.</param>
public sealed record PaymentChanged(string PaymentId);

/// <summary>Tells waiting sagas that their payment changed.</summary>
public static class PaymentEvents
{
    private const string Topic = "payments";

    /// <summary>What can end the wait for a customer; other changes are the sagas' own doing.</summary>
    private static readonly string[] Types = ["payment.authorized.v1", "payment.declined.v1", "payment.voided.v1"];

    /// <summary>Subscribes.</summary>
    /// <param name="endpoints">The application.</param>
    public static void MapPaymentEvents(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapSubscription(Topic, subscription =>
        {
            foreach (var type in Types)
                subscription.On(type, OrderEventsJson.Default.PaymentChanged, HandleAsync);
        });

    private static Task HandleAsync(PaymentChanged changed, EventContext context) =>
        context.Services.GetRequiredService<PaymentNews>().TellAsync(
            new PaymentUpdate(changed.PaymentId, context.Type), context.CancellationToken);
}

/// <summary>Raises a payment's news to its saga.</summary>
public sealed class PaymentNews(OrderStore orders, ISagaEngine engine)
{
    /// <summary>Raises the news; returns only when that is done or not needed.</summary>
    /// <param name="update">The news.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RpcException">It was not raised: deliver the event again.</exception>
    public async Task TellAsync(PaymentUpdate update, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(update);
        // Each cell hears of every payment; the sagas of another cell are that cell's.
        if (!orders.IsOwn(update.PaymentId))
            return;
        // A saga that does not show its wait yet looks at the payment itself once it does, so it needs no telling.
        if (await orders.ReadStatusAsync(update.PaymentId, cancellationToken) is not OrderStatus.ActionRequired)
            return;
        try
        {
            await engine.RaiseAsync(update.PaymentId, CheckoutWorkflow.PaymentUpdated, update, cancellationToken);
        }
        catch (RpcException)
        {
            // Nobody is left to be told: fine. Otherwise the event must come again.
            if (await engine.FindAsync(update.PaymentId, cancellationToken) is SagaStanding.Active)
                throw;
        }
    }
}
