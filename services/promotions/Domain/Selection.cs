namespace NexusCart.Promotions.Domain;

/// <summary>
/// Which lines of a basket are meant. Within a list any entry will do; between lists all must; an empty list says nothing, and an empty
/// selection means every line.
/// </summary>
/// <param name="Skus">Products.</param>
/// <param name="Brands">Brands, as the catalogue writes them.</param>
/// <param name="Categories">Category paths, each with everything below it.</param>
/// <param name="ExceptSkus">Products that are never meant.</param>
public sealed record Selection(
    IReadOnlyList<string> Skus,
    IReadOnlyList<string> Brands,
    IReadOnlyList<string> Categories,
    IReadOnlyList<string> ExceptSkus)
{
    /// <summary>Every line.</summary>
    public static Selection Everything { get; } = new([], [], [], []);

    /// <summary>Whether two mean the same.</summary>
    public bool SameAs(Selection other) =>
        Skus.SequenceEqual(other.Skus) && Brands.SequenceEqual(other.Brands)
        && Categories.SequenceEqual(other.Categories) && ExceptSkus.SequenceEqual(other.ExceptSkus);
}

/// <summary>When a promotion applies, besides its time and its limits.</summary>
/// <param name="MinimumSpendMinorUnits">What the selected lines must be worth, before any discount; 0 for anything.</param>
/// <param name="MinimumQuantity">How many units of the selected lines there must be; 0 for any.</param>
/// <param name="Currency">The currency of <paramref name="MinimumSpendMinorUnits"/>; null where there is none.</param>
/// <param name="CustomerGroups">One of which the customer must belong to; empty for everybody.</param>
/// <param name="Channels">One of which the customer must come by; empty for any.</param>
/// <param name="FirstOrder">Whether it is for the first order of somebody who has an account.</param>
public sealed record Conditions(
    long MinimumSpendMinorUnits,
    int MinimumQuantity,
    string? Currency,
    IReadOnlyList<string> CustomerGroups,
    IReadOnlyList<string> Channels,
    bool FirstOrder)
{
    /// <summary>Always.</summary>
    public static Conditions None { get; } = new(0, 0, null, [], [], false);

    /// <summary>Whether two mean the same.</summary>
    public bool SameAs(Conditions other) =>
        MinimumSpendMinorUnits == other.MinimumSpendMinorUnits && MinimumQuantity == other.MinimumQuantity && Currency == other.Currency
        && FirstOrder == other.FirstOrder && CustomerGroups.SequenceEqual(other.CustomerGroups) && Channels.SequenceEqual(other.Channels);
}
