using Google.Protobuf.Collections;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Values;
using NexusCart.Promotions.Domain;
using Wire = NexusCart.Promotions.V1;

namespace NexusCart.Promotions.Api;

/// <summary>Selections in the contract.</summary>
internal static class SelectionMapping
{
    private const int MaxEntries = 1_000;
    private const int MaxText = 200;

    /// <summary>Judges a selection.</summary>
    public static Selection Read(Violations violations, Wire.Selection? message, string field)
    {
        if (message is null)
            return Selection.Everything;
        Check(violations, message.Skus, $"{field}.skus", Identifiers.IsSku, "must be SKUs");
        Check(violations, message.ExceptSkus, $"{field}.exceptSkus", Identifiers.IsSku, "must be SKUs");
        Check(violations, message.Brands, $"{field}.brands", text => text.Length is >= 1 and <= MaxText, $"must be 1 to {MaxText} characters each");
        Check(violations, message.Categories, $"{field}.categories", IsPath, "must be paths such as \"computers/laptops\"");
        return new Selection([.. message.Skus], [.. message.Brands], [.. message.Categories], [.. message.ExceptSkus]);
    }

    /// <summary>A selection; null for everything.</summary>
    public static Wire.Selection? ToMessage(Selection selection) => selection.SameAs(Selection.Everything) ? null : new Wire.Selection
    {
        Skus = { selection.Skus },
        Brands = { selection.Brands },
        Categories = { selection.Categories },
        ExceptSkus = { selection.ExceptSkus },
    };

    private static void Check(Violations violations, RepeatedField<string> entries, string field, Func<string, bool> isFine, string reason)
    {
        violations.Check(entries.Count <= MaxEntries, field, $"must be at most {MaxEntries}");
        violations.Check(entries.All(isFine), field, reason);
    }

    private static bool IsPath(string text) => text.Length is >= 1 and <= MaxText && !text.Split('/').Any(string.IsNullOrWhiteSpace);
}
