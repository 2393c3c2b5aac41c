using NexusCart.Platform.Values;

namespace NexusCart.Catalog.Domain.Prices;

/// <summary>Prices that take the place of the base prices, for a currency, a customer group and a time.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">For people.</param>
/// <param name="Currency">ISO 4217; never changes.</param>
/// <param name="CustomerGroup">Whom it is for; empty for everybody.</param>
/// <param name="ValidFrom">From when; null for always.</param>
/// <param name="ValidTo">Until when, that moment excluded; null for ever.</param>
/// <param name="Priority">The highest wins.</param>
/// <param name="Active">Whether it counts.</param>
/// <param name="Version">1 for the first, one more with each change.</param>
/// <param name="UpdatedAt">When it last changed.</param>
public sealed record PriceList(
    string Id,
    string Name,
    string Currency,
    string CustomerGroup,
    DateTimeOffset? ValidFrom,
    DateTimeOffset? ValidTo,
    int Priority,
    bool Active,
    long Version,
    DateTimeOffset UpdatedAt) : CatalogEntry(Version, UpdatedAt)
{
    private const int MaxName = 200;
    private const int MaxPriority = 1_000;

    /// <summary>Whether it counts at a moment.</summary>
    public bool IsValidAt(DateTimeOffset at) => Active && !(at < ValidFrom) && !(at >= ValidTo);

    /// <summary>The first rule the list breaks, or null when it is fine.</summary>
    public ProductFault? Check()
    {
        if (!Identifiers.IsId(Id))
            return new("priceListId", "must be 1 to 64 of A-Z a-z 0-9 _ -");
        if (string.IsNullOrWhiteSpace(Name) || Name.Length > MaxName)
            return new("priceList.name", $"must be 1 to {MaxName} characters");
        if (!Platform.Values.Currency.IsKnown(Currency))
            return new("priceList.currency", "must be an ISO 4217 code, like EUR");
        if (CustomerGroup.Length > 0 && !CustomerGroups.IsGroup(CustomerGroup))
            return new("priceList.customerGroup", CustomerGroups.Form);
        if (ValidTo <= ValidFrom)
            return new("priceList.validTo", "must be after validFrom");
        return Priority is >= -MaxPriority and <= MaxPriority ? null : new("priceList.priority", $"must be {-MaxPriority} to {MaxPriority}");
    }

    /// <inheritdoc/>
    public override bool SameContentAs(CatalogEntry other) =>
        other is PriceList list && list with { Version = Version, UpdatedAt = UpdatedAt } == this;

    /// <inheritdoc/>
    public override ProductFault? CheckChange(CatalogEntry current) =>
        current is PriceList list && list.Currency == Currency ? null : new("priceList.currency", "cannot change: the list's prices are in it");
}

/// <summary>The price of one unit from a quantity on.</summary>
/// <param name="MinQuantity">From how many units on; 1 or more.</param>
/// <param name="MinorUnits">In minor units of the list's currency.</param>
public sealed record PriceTier(int MinQuantity, long MinorUnits);

/// <summary>What a price list says of one SKU.</summary>
/// <param name="ListId">The list.</param>
/// <param name="Sku">A product or a variant.</param>
/// <param name="Tiers">By quantity, the lowest first; empty where the list has no price any more.</param>
/// <param name="Version">1 for the first, one more with each change.</param>
/// <param name="UpdatedAt">When it last changed.</param>
/// <param name="ProductSku">The product, where the SKU is a variant's: whose pages show the price.</param>
public sealed record ListPrice(
    string ListId, string Sku, IReadOnlyList<PriceTier> Tiers, long Version, DateTimeOffset UpdatedAt, string ProductSku = "")
    : CatalogEntry(Version, UpdatedAt)
{
    private const int MaxTiers = 20;
    private const int MaxQuantity = 1_000_000;

    /// <summary>The first rule the price breaks, or null when it is fine.</summary>
    public ProductFault? Check()
    {
        if (!Identifiers.IsSku(Sku))
            return new("sku", $"must be 1 to {Identifiers.MaxLength} letters, digits, dots, underscores or hyphens");
        if (Tiers.Count > MaxTiers)
            return new("tiers", $"must be at most {MaxTiers}");
        for (var i = 0; i < Tiers.Count; i++)
        {
            if (Tiers[i].MinQuantity is < 1 or > MaxQuantity || (i > 0 && Tiers[i].MinQuantity == Tiers[i - 1].MinQuantity))
                return new($"tiers[{i}].minQuantity", $"must be 1 to {MaxQuantity}, another for each tier");
            if (Tiers[i].MinorUnits is < 0 or > ProductRules.MaxPrice)
                return new($"tiers[{i}].minorUnits", $"must be 0 to {ProductRules.MaxPrice}");
        }

        return null;
    }

    /// <inheritdoc/>
    public override bool SameContentAs(CatalogEntry other) =>
        other is ListPrice price && price.ListId == ListId && price.Sku == Sku && Same.Lists(price.Tiers, Tiers);
}

/// <summary>Groups of customers.</summary>
public static class CustomerGroups
{
    /// <summary>What a group must be, for people.</summary>
    public const string Form = "must be 1 to 64 of A-Z a-z 0-9 _ -";

    /// <summary>Whether a text names a group.</summary>
    public static bool IsGroup(string text) => Identifiers.IsId(text);
}
