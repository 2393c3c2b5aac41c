using Google.Protobuf.Collections;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Values;
using NexusCart.Promotions.Domain.Evaluation;
using Wire = NexusCart.Promotions.V1;

namespace NexusCart.Promotions.Api;

/// <summary>Baskets and what promotions make of them, in the contract.</summary>
public static class BasketMapping
{
    private const int MostLines = 200;
    private const int MostQuantity = 10_000;
    private const int MostCodes = 10;
    private const int MaxCode = 64;

    /// <summary>Judges a request.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, with every field that is wrong.</exception>
    public static Basket Read(Wire.EvaluateRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        violations.Check(Currency.IsKnown(request.Currency), "currency", "must be an ISO 4217 code, like EUR");
        violations.Check(request.Lines.Count is >= 1 and <= MostLines, "lines", $"must be 1 to {MostLines}");
        violations.Check(request.ShippingMinorUnits is >= 0 and <= MoneyRules.Most, "shippingMinorUnits", $"must be 0 to {MoneyRules.Most}");
        CheckCodes(violations, request.CouponCodes, "couponCodes");
        for (var i = 0; i < Math.Min(request.Lines.Count, MostLines); i++)
        {
            var line = request.Lines[i];
            violations.CheckSku(line.Sku, $"lines[{i}].sku");
            violations.Check(line.Quantity is >= 1 and <= MostQuantity, $"lines[{i}].quantity", $"must be 1 to {MostQuantity}");
            violations.Check(line.UnitPriceMinorUnits is >= 0 and <= MoneyRules.Most, $"lines[{i}].unitPriceMinorUnits", $"must be 0 to {MoneyRules.Most}");
        }

        violations.ThrowIfAny();
        return new Basket(
            request.Currency,
            [.. request.Lines.Select(line => new BasketLine(line.Sku, line.Brand, line.Category, line.Quantity, line.UnitPriceMinorUnits))],
            request.ShippingMinorUnits,
            new Shopper(request.CustomerGroups, request.Channel, request.Guest, request.HasFirstOrder ? request.FirstOrder : null),
            request.CouponCodes);
    }

    /// <summary>What promotions make of it.</summary>
    public static Wire.EvaluateResponse ToMessage(this Outcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        var message = new Wire.EvaluateResponse { FirstOrderNeeded = outcome.FirstOrderNeeded };
        message.Applied.AddRange(outcome.Applied.Select(applied => new Wire.AppliedPromotion
        {
            PromotionId = applied.Promotion.Id,
            Name = applied.Promotion.Name,
            Code = applied.Code ?? "",
            LineMinorUnits = { applied.LineAmounts },
            ShippingMinorUnits = applied.ShippingAmount,
            AmountMinorUnits = applied.Amount,
        }));
        message.Refused.AddRange(outcome.Refused.Select(refused => new Wire.RefusedPromotion
        {
            Reason = refused.Reason,
            Detail = refused.Detail,
            PromotionId = refused.PromotionId ?? "",
            Code = refused.Code ?? "",
        }));
        return message;
    }

    /// <summary>Judges coupon codes.</summary>
    private static void CheckCodes(Violations violations, RepeatedField<string> codes, string field)
    {
        violations.Check(codes.Count <= MostCodes, field, $"must be at most {MostCodes}");
        violations.Check(codes.All(code => code.Length is >= 1 and <= MaxCode), field, $"must be 1 to {MaxCode} characters each");
    }
}
