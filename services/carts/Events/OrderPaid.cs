using NexusCart.Carts.Actors;
using NexusCart.Carts.Domain;
using NexusCart.Platform.Events;
using NexusCart.Platform.Values;

namespace NexusCart.Carts.Events;

/// <summary>What carts reads of <c>order.paid.v1</c> on topic <c>orders</c>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="CartId">The cart it came from.</param>
/// <param name="Lines">What was bought.</param>
public sealed record OrderPaid(string OrderId, string CartId, IReadOnlyList<CartItem> Lines)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "order.paid.v1";

    /// <summary>Topic.</summary>
    public const string Topic = "orders";
}

/// <summary>Takes what was bought out of the cart it was bought from.</summary>
public static class OrderPaidHandler
{
    /// <summary>Handles one event; idempotent, since the cart remembers the order.</summary>
    public static async Task HandleAsync(OrderPaid paid, EventContext context)
    {
        ArgumentNullException.ThrowIfNull(paid);
        ArgumentNullException.ThrowIfNull(context);
        // An order that did not come from a cart has none to clear.
        if (!Identifiers.IsId(paid.CartId))
            return;
        var carts = context.Services.GetRequiredService<CartActors>();
        var bought = new TakeOutBought(paid.OrderId, paid.Lines ?? []);
        var movedTo = await carts.TakeOutAsync(paid.CartId, bought, context.CancellationToken);
        // The guest has signed in since he bought. A customer's cart moves nowhere.
        if (movedTo.Length > 0)
            await carts.TakeOutAsync(movedTo, bought, context.CancellationToken);
    }
}
