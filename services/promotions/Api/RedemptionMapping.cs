using Google.Protobuf.Collections;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Values;
using NexusCart.Promotions.Actors;
using NexusCart.Promotions.Domain;
using NexusCart.Promotions.Domain.Redemptions;
using Wire = NexusCart.Promotions.V1;

namespace NexusCart.Promotions.Api;

/// <summary>Redemptions and ledgers in the contract.</summary>
public static class RedemptionMapping
{
    private const int MostUses = 20;

    /// <summary>Judges a redemption.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, with every field that is wrong.</exception>
    public static IReadOnlyList<RequestedUse> Read(Wire.RedeemRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        violations.CheckId(request.OrderId, "orderId");
        violations.Check(request.CustomerId.Length is >= 1 and <= 256, "customerId", "must be 1 to 256 characters");
        violations.Check(Currency.IsKnown(request.Currency), "currency", "must be an ISO 4217 code, like EUR");
        Check(violations, request.Redemptions);
        violations.ThrowIfAny();
        return [.. request.Redemptions.Select(use => new RequestedUse(use.PromotionId, CouponCodes.Normalise(use.Code), use.AmountMinorUnits))];
    }

    /// <summary>Judges what is to be restored.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, with every field that is wrong.</exception>
    public static IEnumerable<string> Read(Wire.RestoreRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        violations.CheckId(request.OrderId, "orderId");
        Check(violations, request.Redemptions);
        violations.ThrowIfAny();
        return request.Redemptions.Select(use => use.PromotionId);
    }

    /// <summary>The answer to a redemption.</summary>
    /// <param name="refusal">Why it was refused; null when it counts.</param>
    public static Wire.RedeemResponse ToResponse(UseRefusal? refusal) => refusal is null
        ? new Wire.RedeemResponse { Redeemed = true }
        : new Wire.RedeemResponse { Reason = refusal.Reason, PromotionId = refusal.PromotionId, Detail = $"Promotion '{refusal.PromotionId}': {refusal.Reason.Replace('_', ' ')}." };

    /// <summary>A page of a ledger's books.</summary>
    /// <param name="page">The page.</param>
    /// <param name="limitOf">How many orders may use a promotion; 0 for any number.</param>
    public static Wire.AuditLedgerResponse ToMessage(this LedgerPage page, Func<string, long> limitOf)
    {
        ArgumentNullException.ThrowIfNull(page);
        var message = new Wire.AuditLedgerResponse { NextPageToken = page.NextToken };
        message.Promotions.AddRange(page.Promotions.Select(entry => new Wire.PromotionAudit
        {
            PromotionId = entry.Key,
            Uses = entry.Value.Uses,
            Spent = { entry.Value.Spent.Select(spent => new MoneyAmount(spent.Value, spent.Key).ToMessage()) },
            TotalLimit = limitOf(entry.Key),
        }));
        message.Orders.AddRange(page.Orders.Select(order => new Wire.RedemptionAudit
        {
            OrderId = order.OrderId,
            CustomerId = order.CustomerId,
            Currency = order.Currency,
            Redeemed = order.Status is RedemptionStatus.Redeemed,
            Redemptions = { order.Uses.Select(use => new Wire.Redemption { PromotionId = use.PromotionId, Code = use.SingleUseCode ?? "", AmountMinorUnits = use.MinorUnits }) },
        }));
        return message;
    }

    private static void Check(Violations violations, RepeatedField<Wire.Redemption> uses)
    {
        violations.Check(uses.Count is >= 1 and <= MostUses, "redemptions", $"must be 1 to {MostUses}");
        violations.Check(uses.Select(use => use.PromotionId).Distinct(StringComparer.Ordinal).Count() == uses.Count, "redemptions", "must be one a promotion");
        for (var i = 0; i < Math.Min(uses.Count, MostUses); i++)
        {
            violations.CheckId(uses[i].PromotionId, $"redemptions[{i}].promotionId");
            violations.Check(uses[i].AmountMinorUnits is >= 1 and <= MoneyRules.Most, $"redemptions[{i}].amountMinorUnits", $"must be 1 to {MoneyRules.Most}");
        }
    }
}
