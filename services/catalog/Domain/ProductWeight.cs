namespace NexusCart.Catalog.Domain;

/// <summary>About how many bytes a product is when written, to keep batches below the message limit.</summary>
public static class ProductWeight
{
    // Names of the JSON members, quotes and commas.
    private const int Frame = 300;
    private const int AttributeFrame = 30;

    /// <summary>An estimate in bytes; characters outside ASCII count as one and a half on average.</summary>
    public static long Of(Product product) =>
        Frame
        + ((product.Title.Length + product.Description.Length + product.Brand.Length + product.Category.Length) * 3L / 2)
        + product.Attributes.Sum(attribute => attribute.Key.Length + (attribute.Value.Text?.Length ?? 0) + AttributeFrame)
        + product.ImageUrls.Sum(url => url.Length)
        + product.Eans.Sum(ean => ean.Length);
}
