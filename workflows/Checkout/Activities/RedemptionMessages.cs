using NexusCart.Promotions.V1;

namespace NexusCart.Workflows.Checkout.Activities;

internal static class RedemptionMessages
{
    /// <summary>The uses as the contract of promotions has them.</summary>
    public static IEnumerable<Redemption> ToMessages(this IReadOnlyList<CheckoutRedemption> redemptions) => redemptions.Select(use =>
        new Redemption { PromotionId = use.PromotionId, Code = use.Code, AmountMinorUnits = use.MinorUnits });
}
