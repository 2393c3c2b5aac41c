using NexusCart.Carts.Actors;
using NexusCart.Platform.Events;

namespace NexusCart.Carts.Events;

/// <summary>What carts hears.</summary>
public static class CartSubscriptions
{
    /// <summary>Subscribes.</summary>
    public static void MapCartEvents(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapSubscription(OrderPaid.Topic, orders => orders.On(OrderPaid.Type, CartsJson.Default.OrderPaid, OrderPaidHandler.HandleAsync));
        endpoints.MapSubscription(UserErased.Topic, users => users.On(UserErased.Type, CartsJson.Default.UserErased, UserErasedHandler.HandleAsync));
    }
}
