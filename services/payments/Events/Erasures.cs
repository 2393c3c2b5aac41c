using NexusCart.Payments.Domain;
using NexusCart.Payments.Flows;
using NexusCart.Platform.Events;

namespace NexusCart.Payments.Events;

/// <summary>What payments reads of <c>user.erased.v1</c> on topic <c>users</c>.</summary>
/// <param name="UserId">Whose account was erased.</param>
public sealed record ErasedUser(string UserId);

/// <summary>What payments reads of <c>order.contact_erased.v1</c> on topic <c>orders</c>.</summary>
/// <param name="OrderId">The order, and so the payment.</param>
public sealed record ErasedOrder(string OrderId);

/// <summary>Drops what payments knows of people whose accounts were erased. Everything is idempotent, and may come in any order.</summary>
public static class Erasures
{
    /// <summary>Subscribes.</summary>
    public static void MapErasures(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapSubscription("users", users => users.On("user.erased.v1", PaymentEventsJson.Default.ErasedUser, CloseWalletAsync));
        endpoints.MapSubscription("orders", orders => orders.On("order.contact_erased.v1", PaymentEventsJson.Default.ErasedOrder, ForgetContactAsync));
    }

    private static Task CloseWalletAsync(ErasedUser erased, EventContext context) =>
        context.Services.GetRequiredService<WalletFlows>().EraseAsync(erased.UserId, context.CancellationToken);

    // An order that was never paid for has no payment, which is as good.
    private static Task ForgetContactAsync(ErasedOrder erased, EventContext context) =>
        context.Services.GetRequiredService<IPaymentBook>().ExecuteAsync(erased.OrderId, new ForgetContact(), context.CancellationToken);
}
