using NexusCart.Platform.Errors;
using NexusCart.Platform.Values;
using NexusCart.Promotions.Domain;
using Wire = NexusCart.Promotions.V1;

namespace NexusCart.Promotions.Api;

/// <summary>Rewards in the contract.</summary>
internal static class RewardMapping
{
    private const int Whole = 10_000;
    private const int MaxUnits = 1_000;
    private const int MaxTiers = 20;

    /// <summary>Judges a reward; null when something is wrong with it.</summary>
    public static Reward? Read(Violations violations, Wire.Promotion message)
    {
        switch (message.RewardCase)
        {
            case Wire.Promotion.RewardOneofCase.Percentage:
                CheckPart(violations, message.Percentage.BasisPoints, "promotion.percentage.basisPoints");
                CheckBound(violations, message.Percentage.Most, "promotion.percentage.most");
                return new PercentageReward(message.Percentage.BasisPoints, message.Percentage.Most?.MinorUnits, message.Percentage.Most?.Currency);
            case Wire.Promotion.RewardOneofCase.FixedAmount:
                return violations.CheckMoney(message.FixedAmount.Amount, "promotion.fixedAmount.amount", least: 1)
                    ? new FixedReward(message.FixedAmount.Amount.MinorUnits, message.FixedAmount.Amount.Currency)
                    : null;
            case Wire.Promotion.RewardOneofCase.FreeShipping:
                CheckBound(violations, message.FreeShipping.Most, "promotion.freeShipping.most");
                return new FreeShippingReward(message.FreeShipping.Most?.MinorUnits, message.FreeShipping.Most?.Currency);
            case Wire.Promotion.RewardOneofCase.BuyGet:
                return ReadBuyGet(violations, message.BuyGet);
            case Wire.Promotion.RewardOneofCase.Tiered:
                return ReadTiered(violations, message.Tiered);
            default:
                violations.Add("promotion.reward", "is needed: percentage, fixedAmount, freeShipping, buyGet or tiered");
                return null;
        }
    }

    /// <summary>Puts a reward into a message.</summary>
    public static void Write(Reward reward, Wire.Promotion message)
    {
        switch (reward)
        {
            case PercentageReward part:
                message.Percentage = new Wire.PercentageReward { BasisPoints = part.BasisPoints, Most = MoneyOf(part.MostMinorUnits, part.Currency) };
                break;
            case FixedReward amount:
                message.FixedAmount = new Wire.FixedReward { Amount = MoneyOf(amount.MinorUnits, amount.Currency) };
                break;
            case FreeShippingReward shipping:
                message.FreeShipping = new Wire.FreeShippingReward { Most = MoneyOf(shipping.MostMinorUnits, shipping.Currency) };
                break;
            case BuyGetReward give:
                message.BuyGet = new Wire.BuyGetReward
                {
                    Buy = give.Buy,
                    Get = give.Get,
                    BasisPoints = give.BasisPoints,
                    MostTimes = give.MostTimes ?? 0,
                    Given = give.Given is null ? null : SelectionMapping.ToMessage(give.Given),
                };
                break;
            case TieredReward tiered:
                message.Tiered = new Wire.TieredReward
                {
                    By = tiered.By is TierMeasure.Spend ? Wire.TierMeasure.Spend : Wire.TierMeasure.Quantity,
                    Currency = tiered.Currency ?? "",
                    Tiers = { tiered.Tiers.Select(tier => new Wire.Tier { From = tier.From, BasisPoints = tier.BasisPoints, AmountMinorUnits = tier.MinorUnits }) },
                };
                break;
            default:
                throw new NotSupportedException($"{reward.GetType().Name} has no message.");
        }
    }

    private static BuyGetReward ReadBuyGet(Violations violations, Wire.BuyGetReward message)
    {
        const string At = "promotion.buyGet";
        violations.Check(message.Buy is >= 1 and <= MaxUnits, $"{At}.buy", $"must be 1 to {MaxUnits}");
        violations.Check(message.Get is >= 1 and <= MaxUnits, $"{At}.get", $"must be 1 to {MaxUnits}");
        violations.Check(message.MostTimes >= 0, $"{At}.mostTimes", "must be 1 or more, or 0 for any number");
        CheckPart(violations, message.BasisPoints, $"{At}.basisPoints");
        var given = SelectionMapping.Read(violations, message.Given, $"{At}.given");
        return new BuyGetReward(
            message.Buy, message.Get, message.BasisPoints, message.MostTimes == 0 ? null : message.MostTimes,
            given.SameAs(Selection.Everything) ? null : given);
    }

    private static TieredReward ReadTiered(Violations violations, Wire.TieredReward message)
    {
        const string At = "promotion.tiered";
        violations.Check(message.By is Wire.TierMeasure.Spend or Wire.TierMeasure.Quantity, $"{At}.by", "must be spend or quantity");
        violations.Check(message.Tiers.Count is >= 1 and <= MaxTiers, $"{At}.tiers", $"must be 1 to {MaxTiers}");
        for (var i = 0; i < Math.Min(message.Tiers.Count, MaxTiers); i++)
        {
            var tier = message.Tiers[i];
            violations.Check(
                tier.From is >= 1 and <= MoneyRules.Most && (i == 0 || tier.From > message.Tiers[i - 1].From), $"{At}.tiers[{i}].from", "must be 1 or more, and more than in the tier before");
            violations.Check(
                tier is { BasisPoints: >= 1 and <= Whole, AmountMinorUnits: 0 } or { BasisPoints: 0, AmountMinorUnits: >= 1 and <= MoneyRules.Most },
                $"{At}.tiers[{i}]", $"must have basisPoints of 1 to {Whole}, or an amountMinorUnits of 1 or more");
        }

        var isMoney = message.By is Wire.TierMeasure.Spend || message.Tiers.Any(tier => tier.AmountMinorUnits > 0);
        violations.Check(isMoney ? Currency.IsKnown(message.Currency) : message.Currency.Length == 0, $"{At}.currency",
            isMoney ? "must be an ISO 4217 code, like EUR" : "must be empty: nothing here is money");
        return new TieredReward(
            message.By is Wire.TierMeasure.Spend ? TierMeasure.Spend : TierMeasure.Quantity,
            [.. message.Tiers.Select(tier => new Tier(tier.From, tier.BasisPoints, tier.AmountMinorUnits))],
            message.Currency.Length == 0 ? null : message.Currency);
    }

    private static void CheckPart(Violations violations, int basisPoints, string field) =>
        violations.Check(basisPoints is >= 1 and <= Whole, field, $"must be 1 to {Whole}");

    private static void CheckBound(Violations violations, Common.V1.Money? money, string field)
    {
        if (money is not null)
            violations.CheckMoney(money, field, least: 1);
    }

    private static Common.V1.Money? MoneyOf(long? minorUnits, string? currency) =>
        minorUnits is { } amount && currency is not null ? new MoneyAmount(amount, currency).ToMessage() : null;
}
