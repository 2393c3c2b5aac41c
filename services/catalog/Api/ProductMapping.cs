using Google.Protobuf.WellKnownTypes;
using NexusCart.Catalog.Domain;

namespace NexusCart.Catalog.Api;

/// <summary>Between the contract's product and the catalogue's.</summary>
internal static class ProductMapping
{
    private const string StandardClass = "standard";

    public static V1.Product ToContract(Product product)
    {
        var contract = new V1.Product
        {
            Sku = product.Sku,
            Title = product.Title,
            Description = product.Description,
            Brand = product.Brand,
            Category = product.Category,
            Price = new Common.V1.Money { MinorUnits = product.PriceMinorUnits, Currency = product.Currency },
            ImageUrls = { product.ImageUrls },
            Eans = { product.Eans },
            Active = product.Active,
            TaxClass = product.TaxClass ?? "",
            WeightGrams = product.WeightGrams,
            Version = product.Version,
            UpdatedAt = Timestamp.FromDateTimeOffset(product.UpdatedAt),
        };
        foreach (var (name, value) in product.Attributes)
            contract.Attributes[name] = ToContract(value);
        return contract;
    }

    /// <summary>A draft: version and time are the catalogue's to give.</summary>
    public static Product ToDraft(V1.Product contract) => new(
        contract.Sku,
        contract.Title,
        contract.Description,
        contract.Brand,
        contract.Category,
        contract.Price?.MinorUnits ?? 0,
        contract.Price?.Currency ?? "",
        contract.Attributes.ToDictionary(attribute => attribute.Key, attribute => ToDomain(attribute.Value), StringComparer.Ordinal),
        [.. contract.ImageUrls],
        [.. contract.Eans],
        contract.Active,
        Version: 0,
        UpdatedAt: default,
        contract.TaxClass is "" or StandardClass ? null : contract.TaxClass,
        contract.WeightGrams);

    private static V1.AttributeValue ToContract(ProductAttribute value) => value switch
    {
        { Number: { } number } => new V1.AttributeValue { Number = number },
        { Flag: { } flag } => new V1.AttributeValue { Flag = flag },
        _ => new V1.AttributeValue { Text = value.Text ?? "" },
    };

    private static ProductAttribute ToDomain(V1.AttributeValue value) => value.ValueCase switch
    {
        V1.AttributeValue.ValueOneofCase.Text => new ProductAttribute(Text: value.Text),
        V1.AttributeValue.ValueOneofCase.Number => new ProductAttribute(Number: value.Number),
        V1.AttributeValue.ValueOneofCase.Flag => new ProductAttribute(Flag: value.Flag),
        _ => new ProductAttribute(),
    };
}
