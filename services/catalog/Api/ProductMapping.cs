using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using NexusCart.Catalog.Domain;
using NexusCart.Catalog.ReadModel;

namespace NexusCart.Catalog.Api;

/// <summary>Between the contract's product and the catalogue's.</summary>
internal static class ProductMapping
{
    private const string StandardClass = "standard";

    /// <summary>A product as everybody sees it: its variants for sale, nothing of its past.</summary>
    public static V1.Product ToPublic(Product product, CatalogStructure structure)
    {
        var contract = Common(product, structure);
        contract.Variants.AddRange((product.Variants ?? []).Where(variant => variant.Active).Select(variant => ToContract(variant, product.Currency)));
        return contract;
    }

    /// <summary>A product as staff see it.</summary>
    public static V1.Product ToStaff(Product product, CatalogStructure structure)
    {
        var contract = Common(product, structure);
        contract.Variants.AddRange((product.Variants ?? []).Select(variant => ToContract(variant, product.Currency)));
        contract.FormerSlugs.AddRange(product.FormerSlugs ?? []);
        return contract;
    }

    /// <summary>One variant as a product of its own: what carts and orders deal in.</summary>
    public static V1.Product ToPublic(V1.Product owner, Product source, Variant variant)
    {
        var contract = new V1.Product
        {
            Sku = variant.Sku,
            Title = $"{source.Title}, {string.Join(", ", source.Options!.Select(option => variant.Options[option.Name]))}",
            Description = source.Description,
            Brand = owner.Brand,
            Category = owner.Category,
            CategoryId = owner.CategoryId,
            Price = new Common.V1.Money { MinorUnits = variant.PriceMinorUnits ?? source.PriceMinorUnits, Currency = source.Currency },
            Eans = { variant.Eans ?? [] },
            Active = source.Active && variant.Active,
            Status = StatusOf(source.Active && variant.Active, source.Archived || variant.Archived),
            TaxClass = source.TaxClass ?? "",
            WeightGrams = variant.WeightGrams > 0 ? variant.WeightGrams : source.WeightGrams,
            Slug = source.Slug ?? "",
            Version = source.Version,
            UpdatedAt = Timestamp.FromDateTimeOffset(source.UpdatedAt),
            ParentSku = source.Sku,
            OptionValues = { variant.Options.ToDictionary() },
            Attributes = { owner.Attributes },
        };
        AddMedia(contract, variant.Media ?? source.Media, variant.Media is null ? source.ImageUrls : []);
        return contract;
    }

    /// <summary>A draft: version, time and category id are the catalogue's to give.</summary>
    public static Product ToDraft(V1.Product contract)
    {
        var media = MediaOf(contract.Media);
        var images = media is null ? [.. contract.ImageUrls] : ImagesOf(media);
        return new Product(
            contract.Sku,
            contract.Title,
            contract.Description,
            contract.Brand,
            contract.Category,
            contract.Price?.MinorUnits ?? 0,
            contract.Price?.Currency ?? "",
            contract.Attributes.ToDictionary(attribute => attribute.Key, attribute => ToDomain(attribute.Value), StringComparer.Ordinal),
            images,
            [.. contract.Eans],
            contract.Status is V1.ProductStatus.Active || (contract.Status is V1.ProductStatus.Unspecified && contract.Active),
            Version: 0,
            UpdatedAt: default,
            contract.TaxClass is "" or StandardClass ? null : contract.TaxClass,
            contract.WeightGrams,
            contract.Status is V1.ProductStatus.Archived,
            contract.Slug.Length == 0 ? null : contract.Slug,
            FormerSlugs: null,
            contract.Options.Count == 0 ? null : [.. contract.Options.Select(option => new ProductOption(option.Name, [.. option.Values]))],
            contract.Variants.Count == 0 ? null : [.. contract.Variants.Select(ToDomain)],
            media is null || media.All(item => item is { Kind: MediaKind.Image, Alt: "" }) ? null : media,
            contract.Related.Count == 0 ? null : [.. contract.Related.Select(ToDomain)]);
    }

    private static V1.Product Common(Product product, CatalogStructure structure)
    {
        var contract = new V1.Product
        {
            Sku = product.Sku,
            Title = product.Title,
            Description = product.Description,
            Brand = structure.BrandOf(product.Brand)?.Name ?? product.Brand,
            Category = structure.PathOf(product),
            CategoryId = product.CategoryId ?? "",
            Price = new Common.V1.Money { MinorUnits = product.PriceMinorUnits, Currency = product.Currency },
            Eans = { product.Eans },
            Active = product.Active,
            Status = StatusOf(product.Active, product.Archived),
            TaxClass = product.TaxClass ?? "",
            WeightGrams = product.WeightGrams,
            Slug = product.Slug ?? "",
            Version = product.Version,
            UpdatedAt = Timestamp.FromDateTimeOffset(product.UpdatedAt),
        };
        foreach (var (name, value) in product.Attributes)
            contract.Attributes[name] = ToContract(value);
        foreach (var option in product.Options ?? [])
            contract.Options.Add(new V1.ProductOption { Name = option.Name, Values = { option.Values } });
        foreach (var related in product.Related ?? [])
            contract.Related.Add(new V1.RelatedProduct { Sku = related.Sku, Kind = (V1.RelationKind)(related.Kind + 1) });
        AddMedia(contract, product.Media, product.ImageUrls);
        return contract;
    }

    private static V1.Variant ToContract(Variant variant, string currency)
    {
        var contract = new V1.Variant
        {
            Sku = variant.Sku,
            WeightGrams = variant.WeightGrams,
            Status = StatusOf(variant.Active, variant.Archived),
            Price = variant.PriceMinorUnits is { } price ? new Common.V1.Money { MinorUnits = price, Currency = currency } : null,
            Options = { variant.Options.ToDictionary() },
            Eans = { variant.Eans ?? [] },
        };
        contract.Media.AddRange((variant.Media ?? []).Select(ToContract));
        return contract;
    }

    private static Variant ToDomain(V1.Variant contract) => new(
        contract.Sku,
        contract.Options.ToDictionary(StringComparer.Ordinal),
        contract.Price?.MinorUnits,
        contract.WeightGrams,
        MediaOf(contract.Media),
        contract.Eans.Count == 0 ? null : [.. contract.Eans],
        contract.Status is V1.ProductStatus.Active or V1.ProductStatus.Unspecified,
        contract.Status is V1.ProductStatus.Archived);

    private static void AddMedia(V1.Product contract, IReadOnlyList<ProductMedia>? media, IReadOnlyList<string> images)
    {
        media ??= [.. images.Select(url => new ProductMedia(url, "", MediaKind.Image))];
        contract.Media.AddRange(media.Select(ToContract));
        contract.ImageUrls.AddRange(ImagesOf(media));
    }

    private static V1.Media ToContract(ProductMedia media) => new() { Url = media.Url, Alt = media.Alt, Kind = (V1.MediaKind)(media.Kind + 1) };

    private static IReadOnlyList<ProductMedia>? MediaOf(RepeatedField<V1.Media> media) => media.Count == 0
        ? null
        : [.. media.Select(item => new ProductMedia(item.Url, item.Alt, item.Kind is V1.MediaKind.Unspecified ? MediaKind.Image : (MediaKind)(item.Kind - 1)))];

    private static string[] ImagesOf(IReadOnlyList<ProductMedia> media) =>
        [.. media.Where(item => item.Kind is MediaKind.Image).Select(item => item.Url)];

    private static RelatedProduct ToDomain(V1.RelatedProduct related) =>
        new(related.Sku, related.Kind is V1.RelationKind.Unspecified ? RelationKind.Similar : (RelationKind)(related.Kind - 1));

    private static V1.ProductStatus StatusOf(bool active, bool archived) =>
        active ? V1.ProductStatus.Active : archived ? V1.ProductStatus.Archived : V1.ProductStatus.Draft;

    private static V1.AttributeValue ToContract(ProductAttribute value) => value switch
    {
        { Number: { } number } => new V1.AttributeValue { Number = number },
        { Flag: { } flag } => new V1.AttributeValue { Flag = flag },
        { List: { } list } => new V1.AttributeValue { List = new V1.TextList { Values = { list } } },
        _ => new V1.AttributeValue { Text = value.Text ?? "" },
    };

    private static ProductAttribute ToDomain(V1.AttributeValue value) => value.ValueCase switch
    {
        V1.AttributeValue.ValueOneofCase.Text => new ProductAttribute(Text: value.Text),
        V1.AttributeValue.ValueOneofCase.Number => new ProductAttribute(Number: value.Number),
        V1.AttributeValue.ValueOneofCase.Flag => new ProductAttribute(Flag: value.Flag),
        V1.AttributeValue.ValueOneofCase.List => new ProductAttribute(List: [.. value.List.Values]),
        _ => new ProductAttribute(),
    };
}
