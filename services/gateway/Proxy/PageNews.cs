using System.Text.Json;
using System.Text.Json.Serialization;

namespace NexusCart.Gateway.Proxy;

/// <summary>Something changed that pages show.</summary>
internal interface IPageNews
{
    /// <summary>The surrogate keys of the pages that show it; may hold one twice.</summary>
    IEnumerable<string> Keys();
}

/// <summary>The keys the catalog gives its pages.</summary>
internal static class PageKeys
{
    public const string Catalog = "catalog";
    public const string Products = "products";
    public const string Categories = "categories";
    public const string Brands = "brands";
    public const string Attributes = "attributes";
    public const string Prices = "prices";

    public static string Product(string sku) => "product/" + sku;

    /// <summary>The listings of a category and of all above it.</summary>
    public static IEnumerable<string> CategoryAndAbove(string path)
    {
        yield return "category/" + Uri.EscapeDataString(path);
        for (var cut = path.LastIndexOf('/'); cut > 0; cut = path.LastIndexOf('/', cut - 1))
            yield return "category/" + Uri.EscapeDataString(path[..cut]);
    }
}

/// <summary>Of <c>product.changed.v1</c>: the product's pages, and the listings it is in or was in.</summary>
internal sealed record ProductNews(string Sku, string Category, string? FormerCategory) : IPageNews
{
    public IEnumerable<string> Keys() =>
    [
        PageKeys.Product(Sku), PageKeys.Products, PageKeys.Categories, PageKeys.Brands, PageKeys.Prices,
        .. PageKeys.CategoryAndAbove(Category),
        .. FormerCategory is null ? [] : PageKeys.CategoryAndAbove(FormerCategory),
    ];
}

/// <summary>Of <c>product.price_changed.v1</c>: whatever shows the product, and listings by price.</summary>
internal sealed record PriceNews(string Sku, string ProductSku) : IPageNews
{
    public IEnumerable<string> Keys() => [PageKeys.Product(Sku), PageKeys.Product(ProductSku), PageKeys.Prices];
}

/// <summary>Of <c>product.price_list_changed.v1</c>: everything may cost something else.</summary>
internal sealed record PriceListNews(string PriceListId) : IPageNews
{
    public IEnumerable<string> Keys() => [PageKeys.Catalog];
}

/// <summary>Of <c>product.category_changed.v1</c>: where a category moved, all products below it show another path.</summary>
internal sealed record CategoryNews(string? FormerPath, bool Deleted) : IPageNews
{
    public IEnumerable<string> Keys() => [FormerPath is not null || Deleted ? PageKeys.Catalog : PageKeys.Categories];
}

/// <summary>Of <c>product.brand_changed.v1</c>: products show the brand's name.</summary>
internal sealed record BrandNews(string Slug) : IPageNews
{
    public IEnumerable<string> Keys() => [PageKeys.Catalog];
}

/// <summary>Of <c>product.attribute_changed.v1</c>.</summary>
internal sealed record AttributeNews(string Name) : IPageNews
{
    public IEnumerable<string> Keys() => [PageKeys.Attributes];
}

/// <summary>How the news is read.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ProductNews))]
[JsonSerializable(typeof(PriceNews))]
[JsonSerializable(typeof(PriceListNews))]
[JsonSerializable(typeof(CategoryNews))]
[JsonSerializable(typeof(BrandNews))]
[JsonSerializable(typeof(AttributeNews))]
internal sealed partial class PageNewsJson : JsonSerializerContext;
