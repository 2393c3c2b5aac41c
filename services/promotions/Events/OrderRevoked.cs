using NexusCart.Platform.Events;
using NexusCart.Promotions.Api;

namespace NexusCart.Promotions.Events;

/// <summary>What promotions read of <c>order.revoked.v1</c> on topic <c>orders</c>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="IsWhole">Whether nothing is left of it.</param>
/// <param name="PromotionIds">The promotions it used; null for none.</param>
public sealed record OrderRevoked(string OrderId, bool IsWhole, IReadOnlyList<string>? PromotionIds)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "order.revoked.v1";
}

/// <summary>
/// Gives coupons and budgets back when a paid order was cancelled as a whole before anything of it was sent. An order of which something is
/// left keeps its uses, and so does one that was sent back: its promotion had done its work.
/// </summary>
internal static class RevokedOrders
{
    /// <summary>Handles the event; idempotent, since a ledger remembers what it gave back.</summary>
    public static Subscription OnRevokedOrders(this Subscription orders) =>
        orders.On(OrderRevoked.Type, PromotionEventsJson.Default.OrderRevoked, RestoreAsync);

    private static Task RestoreAsync(OrderRevoked revoked, EventContext context) => revoked is { IsWhole: true, PromotionIds: { Count: > 0 } used }
        ? context.Services.GetRequiredService<RedemptionDesk>().RestoreAsync(revoked.OrderId, used, context.CancellationToken)
        : Task.CompletedTask;
}
