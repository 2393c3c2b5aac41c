namespace NexusCart.Catalog.Domain;

/// <summary>About how many bytes a product is when written, to keep batches below the message limit.</summary>
public static class ProductWeight
{
    // Names of the JSON members, quotes and commas.
    private const int Frame = 400;
    private const int AttributeFrame = 30;
    private const int VariantFrame = 150;
    private const int MediaFrame = 40;

    /// <summary>An estimate in bytes; characters outside ASCII count as one and a half on average.</summary>
    public static long Of(Product product) =>
        Frame
        + ((product.Title.Length + product.Description.Length + product.Brand.Length + product.Category.Length) * 3L / 2)
        + product.Attributes.Sum(attribute => attribute.Key.Length + (attribute.Value.Text?.Length ?? 0)
            + (attribute.Value.List?.Sum(item => item.Length + 3) ?? 0) + AttributeFrame)
        + product.ImageUrls.Sum(url => url.Length)
        + product.Eans.Sum(ean => ean.Length)
        + Of(product.Media)
        + (product.Options?.Sum(option => option.Name.Length + option.Values.Sum(value => value.Length + 3)) ?? 0)
        + (product.Variants?.Sum(Of) ?? 0)
        + (product.Related?.Sum(related => related.Sku.Length + MediaFrame) ?? 0)
        + (product.FormerSlugs?.Sum(slug => slug.Length) ?? 0);

    private static long Of(Variant variant) =>
        VariantFrame + variant.Sku.Length + variant.Options.Sum(option => option.Key.Length + option.Value.Length + 6)
        + (variant.Eans?.Sum(ean => ean.Length + 3) ?? 0) + Of(variant.Media);

    private static long Of(IReadOnlyList<ProductMedia>? media) =>
        media?.Sum(item => item.Url.Length + (item.Alt.Length * 3L / 2) + MediaFrame) ?? 0;
}
