using Google.Protobuf.WellKnownTypes;
using NexusCart.Catalog.Domain;
using NexusCart.Catalog.Domain.Prices;
using NexusCart.Catalog.Domain.Structure;

namespace NexusCart.Catalog.Api;

/// <summary>Between the contract's categories, brands, attributes and price lists and the catalogue's.</summary>
internal static class StructureMapping
{
    public static V1.Category ToContract(Category category, string path, int products) => new()
    {
        Path = path,
        ProductCount = products,
        CategoryId = category.Id,
        ParentId = category.ParentId ?? "",
        Slug = category.Slug,
        Name = category.Name,
        Order = category.Order,
        Version = category.Version,
    };

    public static V1.Brand ToContract(Brand brand, int products) => new()
    {
        Slug = brand.Slug,
        Name = brand.Name,
        Description = brand.Description,
        LogoUrl = brand.LogoUrl,
        WebsiteUrl = brand.WebsiteUrl,
        ProductCount = products,
        Version = brand.Version,
    };

    public static V1.AttributeDefinition ToContract(AttributeDefinition definition)
    {
        var contract = new V1.AttributeDefinition
        {
            Name = definition.Name,
            Label = definition.Label,
            Kind = (V1.AttributeKind)(definition.Kind + 1),
            Unit = definition.Unit,
            Values = { definition.Values },
            Required = definition.Required,
            RequiredIn = definition.RequiredIn,
            Version = definition.Version,
        };
        if (definition.Minimum is { } minimum)
            contract.Minimum = minimum;
        if (definition.Maximum is { } maximum)
            contract.Maximum = maximum;
        return contract;
    }

    public static AttributeDefinition ToDraft(string name, V1.AttributeDefinition contract) => new(
        name,
        contract.Label,
        (AttributeKind)(contract.Kind - 1),
        contract.Unit,
        contract.HasMinimum ? contract.Minimum : null,
        contract.HasMaximum ? contract.Maximum : null,
        [.. contract.Values],
        contract.Required,
        contract.RequiredIn,
        Deleted: false,
        Version: 0,
        UpdatedAt: default);

    public static V1.PriceList ToContract(PriceList list) => new()
    {
        PriceListId = list.Id,
        Name = list.Name,
        Currency = list.Currency,
        CustomerGroup = list.CustomerGroup,
        ValidFrom = list.ValidFrom is { } from ? Timestamp.FromDateTimeOffset(from) : null,
        ValidTo = list.ValidTo is { } to ? Timestamp.FromDateTimeOffset(to) : null,
        Priority = list.Priority,
        Active = list.Active,
        Version = list.Version,
    };

    public static PriceList ToDraft(string id, V1.PriceList contract) => new(
        id,
        contract.Name,
        contract.Currency,
        contract.CustomerGroup,
        contract.ValidFrom?.ToDateTimeOffset(),
        contract.ValidTo?.ToDateTimeOffset(),
        contract.Priority,
        contract.Active,
        Version: 0,
        UpdatedAt: default);

    public static V1.ListPrice ToContract(ListPrice price) => new()
    {
        Sku = price.Sku,
        Tiers = { price.Tiers.Select(ToContract) },
    };

    public static V1.PriceTier ToContract(PriceTier tier) => new() { MinQuantity = tier.MinQuantity, MinorUnits = tier.MinorUnits };

    public static ListPrice ToDraft(string listId, V1.ListPrice contract) => new(
        listId,
        contract.Sku,
        [.. contract.Tiers.OrderBy(tier => tier.MinQuantity).Select(tier => new PriceTier(tier.MinQuantity, tier.MinorUnits))],
        Version: 0,
        UpdatedAt: default);
}
