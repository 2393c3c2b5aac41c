using NexusCart.Orders.AfterSales;
using NexusCart.Platform.Events;

namespace NexusCart.Orders.Events;

/// <summary>What orders reads of its own <c>order.paid.v1</c>.</summary>
/// <param name="OrderId">The order.</param>
public sealed record PaidOrder(string OrderId);

/// <summary>Begins the fulfilment of paid orders.</summary>
public static class PaidOrders
{
    /// <summary>Subscribes.</summary>
    /// <param name="endpoints">The application.</param>
    public static void MapPaidOrders(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapSubscription(OrderEvents.Topic, subscription => subscription.On(OrderPaid.Type, OrderEventsJson.Default.PaidOrder, HandleAsync));

    private static Task HandleAsync(PaidOrder paid, EventContext context) =>
        context.Services.GetRequiredService<FulfilmentStarter>().StartAsync(paid.OrderId, context.CancellationToken);
}
