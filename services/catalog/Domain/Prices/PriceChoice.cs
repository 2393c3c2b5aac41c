namespace NexusCart.Catalog.Domain.Prices;

/// <summary>What a price is asked for.</summary>
/// <param name="Currency">ISO 4217.</param>
/// <param name="CustomerGroup">The customer's group; empty where he has none.</param>
/// <param name="Quantity">Units; 1 or more.</param>
/// <param name="At">When.</param>
public readonly record struct PriceQuestion(string Currency, string CustomerGroup, int Quantity, DateTimeOffset At);

/// <summary>A price list with what it says of a SKU.</summary>
public readonly record struct PricedBy(PriceList List, ListPrice Price);

/// <summary>A price out of a list.</summary>
/// <param name="ListId">The list.</param>
/// <param name="MinorUnits">The price of one unit.</param>
public readonly record struct ChosenPrice(string ListId, long MinorUnits);

/// <summary>
/// Chooses one of the prices there are for a SKU, the same one whatever order they come in. A list is in question when it is active and
/// valid, of the currency, for everybody or the customer's group, and one of its tiers is reached. Among those:
/// <list type="number">
/// <item>the highest priority;</item>
/// <item>a list of the customer's group before one for everybody;</item>
/// <item>the one that began last, one without a beginning after all others;</item>
/// <item>the first by id.</item>
/// </list>
/// Within the list, the tier with the highest quantity that is reached. Without any, the base price holds.
/// </summary>
public static class PriceChoice
{
    /// <summary>The price that holds, or null for the base price.</summary>
    public static ChosenPrice? Choose(IReadOnlyList<PricedBy> prices, in PriceQuestion question)
    {
        ArgumentNullException.ThrowIfNull(prices);
        PricedBy? best = null;
        foreach (var candidate in prices)
        {
            if (IsInQuestion(candidate, question) && (best is not { } present || Precedes(candidate.List, present.List)))
                best = candidate;
        }

        return best is { } chosen ? new ChosenPrice(chosen.List.Id, TierOf(chosen.Price, question.Quantity)!.MinorUnits) : null;
    }

    /// <summary>Whether a list goes before another.</summary>
    private static bool Precedes(PriceList list, PriceList other)
    {
        if (list.Priority != other.Priority)
            return list.Priority > other.Priority;
        if (list.CustomerGroup.Length > 0 != other.CustomerGroup.Length > 0)
            return list.CustomerGroup.Length > 0;
        var (begins, otherBegins) = (list.ValidFrom ?? DateTimeOffset.MinValue, other.ValidFrom ?? DateTimeOffset.MinValue);
        return begins != otherBegins ? begins > otherBegins : string.CompareOrdinal(list.Id, other.Id) < 0;
    }

    private static bool IsInQuestion(PricedBy candidate, in PriceQuestion question) =>
        candidate.List.IsValidAt(question.At)
        && candidate.List.Currency == question.Currency
        && (candidate.List.CustomerGroup.Length == 0 || candidate.List.CustomerGroup == question.CustomerGroup)
        && TierOf(candidate.Price, question.Quantity) is not null;

    private static PriceTier? TierOf(ListPrice price, int quantity)
    {
        PriceTier? reached = null;
        foreach (var tier in price.Tiers)
        {
            if (tier.MinQuantity <= quantity && !(tier.MinQuantity < reached?.MinQuantity))
                reached = tier;
        }

        return reached;
    }
}
