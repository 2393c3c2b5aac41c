using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Values;
using NexusCart.Promotions.Domain;
using Wire = NexusCart.Promotions.V1;

namespace NexusCart.Promotions.Api;

/// <summary>Promotions in the contract.</summary>
public static class PromotionMapping
{
    private const int MaxCodes = 20;
    private const int MaxPriority = 1_000_000;
    private const int MaxConditionEntries = 20;

    /// <summary>Judges a request.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, with every field that is wrong.</exception>
    public static Promotion Read(Wire.PutPromotionRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var message = request.Promotion ?? new Wire.Promotion();
        var violations = new Violations();
        violations.CheckId(request.PromotionId, "promotionId");
        violations.Check(
            message.PromotionId.Length == 0 || message.PromotionId == request.PromotionId, "promotion.promotionId", "must be the promotion's, or empty");
        violations.Check(CampaignMapping.IsName(message.Name), "promotion.name", "must be 1 to 200 characters");
        violations.Check(message.CampaignId.Length == 0 || Identifiers.IsId(message.CampaignId), "promotion.campaignId", "must be a campaign's id, or empty");
        violations.Check(message.Version >= 0, "promotion.version", "must be the version to replace, or 0");
        violations.Check(message.TotalLimit >= 0, "promotion.totalLimit", "must be 1 or more, or 0 for any number");
        violations.Check(message.CustomerLimit >= 0, "promotion.customerLimit", "must be 1 or more, or 0 for any number");
        violations.Check(message.Priority is >= -MaxPriority and <= MaxPriority, "promotion.priority", $"must be -{MaxPriority} to {MaxPriority}");
        violations.Check(
            message.StartsAt is null || message.EndsAt is null || message.StartsAt.ToDateTimeOffset() < message.EndsAt.ToDateTimeOffset(),
            "promotion.endsAt", "must be after startsAt");
        violations.Check(System.Enum.IsDefined(message.Stacking), "promotion.stacking", "must be one of the enumeration");
        var codes = ReadCodes(violations, message);
        var selection = SelectionMapping.Read(violations, message.Selection, "promotion.selection");
        var conditions = ReadConditions(violations, message.Conditions);
        var reward = RewardMapping.Read(violations, message);
        violations.ThrowIfAny();
        return new Promotion(request.PromotionId, message.Version, default)
        {
            Name = message.Name,
            CampaignId = message.CampaignId.Length == 0 ? null : message.CampaignId,
            IsActive = message.Active,
            NeedsCode = message.NeedsCode,
            Codes = codes,
            Selection = selection,
            Conditions = conditions,
            Reward = reward!,
            StartsAt = message.StartsAt?.ToDateTimeOffset(),
            EndsAt = message.EndsAt?.ToDateTimeOffset(),
            TotalLimit = message.TotalLimit == 0 ? null : message.TotalLimit,
            CustomerLimit = message.CustomerLimit == 0 ? null : message.CustomerLimit,
            Priority = message.Priority,
            Stacking = StackingOf(message.Stacking),
        };
    }

    /// <summary>A promotion as staff see it.</summary>
    public static Wire.Promotion ToMessage(this Promotion promotion)
    {
        ArgumentNullException.ThrowIfNull(promotion);
        var message = new Wire.Promotion
        {
            PromotionId = promotion.Id,
            Name = promotion.Name,
            CampaignId = promotion.CampaignId ?? "",
            Active = promotion.IsActive,
            NeedsCode = promotion.NeedsCode,
            Codes = { promotion.Codes },
            Selection = SelectionMapping.ToMessage(promotion.Selection),
            Conditions = ToMessage(promotion.Conditions),
            StartsAt = promotion.StartsAt is { } start ? Timestamp.FromDateTimeOffset(start) : null,
            EndsAt = promotion.EndsAt is { } end ? Timestamp.FromDateTimeOffset(end) : null,
            TotalLimit = promotion.TotalLimit ?? 0,
            CustomerLimit = promotion.CustomerLimit ?? 0,
            Priority = promotion.Priority,
            Stacking = StackingOf(promotion.Stacking),
            Version = promotion.Version,
            UpdatedAt = Timestamp.FromDateTimeOffset(promotion.UpdatedAt),
        };
        RewardMapping.Write(promotion.Reward, message);
        return message;
    }

    private static List<string> ReadCodes(Violations violations, Wire.Promotion message)
    {
        violations.Check(message.Codes.Count <= MaxCodes, "promotion.codes", $"must be at most {MaxCodes}");
        violations.Check(message.NeedsCode || message.Codes.Count == 0, "promotion.codes", "must be empty where no code is needed");
        var codes = message.Codes.Select(CouponCodes.Normalise).Distinct(StringComparer.Ordinal).ToList();
        violations.Check(codes.TrueForAll(IsCode), "promotion.codes", "must be 3 to 32 of A-Z 0-9 _ - each");
        return codes;
    }

    private static bool IsCode(string text) =>
        text.Length is >= 3 and <= 32 && text.All(character => char.IsAsciiLetterUpper(character) || char.IsAsciiDigit(character) || character is '_' or '-');

    private static Conditions ReadConditions(Violations violations, Wire.Conditions? message)
    {
        if (message is null)
            return Conditions.None;
        const string At = "promotion.conditions";
        if (message.MinimumSpend is not null)
            violations.CheckMoney(message.MinimumSpend, $"{At}.minimumSpend");
        violations.Check(message.MinimumQuantity >= 0, $"{At}.minimumQuantity", "must be 1 or more, or 0 for any number");
        CheckNames(violations, message.CustomerGroups, $"{At}.customerGroups");
        CheckNames(violations, message.Channels, $"{At}.channels");
        var spend = message.MinimumSpend is { MinorUnits: > 0 } money ? money : null;
        return new Conditions(
            spend?.MinorUnits ?? 0, message.MinimumQuantity, spend?.Currency, [.. message.CustomerGroups], [.. message.Channels], message.FirstOrder);
    }

    private static void CheckNames(Violations violations, RepeatedField<string> names, string field)
    {
        violations.Check(names.Count <= MaxConditionEntries, field, $"must be at most {MaxConditionEntries}");
        violations.Check(names.All(Identifiers.IsSku), field, "must be 1 to 64 of A-Z a-z 0-9 . _ - each");
    }

    private static Wire.Conditions ToMessage(Conditions conditions) => new()
    {
        MinimumSpend = conditions.Currency is { } currency ? new MoneyAmount(conditions.MinimumSpendMinorUnits, currency).ToMessage() : null,
        MinimumQuantity = conditions.MinimumQuantity,
        CustomerGroups = { conditions.CustomerGroups },
        Channels = { conditions.Channels },
        FirstOrder = conditions.FirstOrder,
    };

    private static Stacking StackingOf(Wire.Stacking stacking) => stacking switch
    {
        Wire.Stacking.BestOf => Stacking.BestOf,
        Wire.Stacking.Exclusive => Stacking.Exclusive,
        _ => Stacking.Cumulative,
    };

    private static Wire.Stacking StackingOf(Stacking stacking) => stacking switch
    {
        Stacking.BestOf => Wire.Stacking.BestOf,
        Stacking.Exclusive => Wire.Stacking.Exclusive,
        _ => Wire.Stacking.Cumulative,
    };
}
