namespace NexusCart.Catalog.Domain.Prices;

/// <summary>What a unit costs by the number of units, as a shop shows it: "from 10 on 9.00".</summary>
public static class PriceLadder
{
    /// <summary>The tiers that hold for somebody, each at another price than the one below it; none where there is one price for all.</summary>
    /// <param name="steps">From how many units on the price may be another, in any order.</param>
    /// <param name="priceAt">The price that holds for so many units, in minor units; null where there is none.</param>
    public static IReadOnlyList<PriceTier> Of(IEnumerable<int> steps, Func<int, long?> priceAt)
    {
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentNullException.ThrowIfNull(priceAt);
        var tiers = new List<PriceTier>();
        foreach (var step in steps.Append(1).Distinct().Order())
        {
            if (priceAt(step) is { } price && (tiers.Count == 0 || tiers[^1].MinorUnits != price))
                tiers.Add(new PriceTier(step, price));
        }

        return tiers.Count > 1 ? tiers : [];
    }
}
