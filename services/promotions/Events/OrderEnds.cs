using NexusCart.Platform.Events;
using NexusCart.Promotions.Actors;
using NexusCart.Promotions.Api;
using NexusCart.Promotions.Domain.FlashSales;

namespace NexusCart.Promotions.Events;

/// <summary>What flash sales read of <c>order.paid.v1</c> on topic <c>orders</c>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="ClaimId">The claim it was placed for; null for any other order.</param>
public sealed record OrderPaid(string OrderId, string? ClaimId)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "order.paid.v1";
}

/// <summary>What flash sales read of <c>order.cancelled.v1</c> on topic <c>orders</c>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="ClaimId">The claim it was placed for; null for any other order.</param>
public sealed record OrderCancelled(string OrderId, string? ClaimId)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "order.cancelled.v1";
}

/// <summary>What this service hears for its flash sales.</summary>
internal static class FlashSaleSubscriptions
{
    private const string OrdersTopic = "orders";

    /// <summary>Settles the claim of an order that has ended; idempotent, and in any order, since the claim knows its order.</summary>
    public static Subscription OnOrderEnds(this Subscription orders) => orders
        .On(OrderPaid.Type, FlashSalesJson.Default.OrderPaid, (paid, context) => SettleAsync(paid.ClaimId, paid.OrderId, isPaid: true, context))
        .On(OrderCancelled.Type, FlashSalesJson.Default.OrderCancelled, (ended, context) => SettleAsync(ended.ClaimId, ended.OrderId, isPaid: false, context));

    /// <summary>Hears of the sales that other replicas keep.</summary>
    public static Subscription OnFlashSaleChanges(this Subscription promotions) =>
        promotions.On(FlashSaleChanged.Type, FlashSalesJson.Default.FlashSaleChanged, HearAsync);

    /// <summary>Maps the subscription to orders, of which there is one for the flash sales and <see cref="RevokedOrders"/>; what happens to sales is on the topic of promotions, see <see cref="PromotionChangedHandler"/>.</summary>
    public static void MapFlashSaleEvents(this IEndpointRouteBuilder routes) => routes.MapSubscription(OrdersTopic, orders => orders.OnOrderEnds().OnRevokedOrders());

    private static Task HearAsync(FlashSaleChanged changed, EventContext context) =>
        context.Services.GetRequiredService<FlashSaleBoard>().HearAsync(changed, context.CancellationToken);

    private static async Task SettleAsync(string? claimId, string orderId, bool isPaid, EventContext context)
    {
        if (!ClaimId.TryRead(claimId, out var saleId, out var number))
            return;
        await context.Services.GetRequiredService<FlashSaleActors>()
            .ExecuteAsync(saleId, new SettleClaim(number, orderId, isPaid), context.CancellationToken);
    }
}
