using NexusCart.Catalog.V1;
using NexusCart.Cli.Shop;

namespace NexusCart.Cli.Export;

/// <summary>The catalogue of the shop behind its gateway.</summary>
public sealed class ShopCatalogue(ShopClient shop, AccessToken token) : ICatalogueSource
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<Category>> CategoriesAsync(CancellationToken cancellation) =>
        (await shop.Catalog.ListCategoriesAsync(new ListCategoriesRequest(), cancellationToken: cancellation)).Categories;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Brand>> BrandsAsync(CancellationToken cancellation) =>
        (await shop.Catalog.ListBrandsAsync(new ListBrandsRequest(), cancellationToken: cancellation)).Brands;

    /// <inheritdoc/>
    public Task<ExportProductsResponse> ProductsAsync(ExportProductsRequest request, CancellationToken cancellation) =>
        shop.Catalog.ExportProductsAsync(request, ShopClient.Headers(token), cancellationToken: cancellation).ResponseAsync;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<AttributeDefinition>> AttributesAsync(CancellationToken cancellation) =>
        (await shop.Catalog.ListAttributesAsync(new ListAttributesRequest(), cancellationToken: cancellation)).Attributes;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PriceList>> PriceListsAsync(CancellationToken cancellation) =>
        (await shop.Catalog.ListPriceListsAsync(new ListPriceListsRequest(), ShopClient.Headers(token), cancellationToken: cancellation)).PriceLists;

    /// <inheritdoc/>
    public Task<ListListPricesResponse> PricesAsync(ListListPricesRequest request, CancellationToken cancellation) =>
        shop.Catalog.ListListPricesAsync(request, ShopClient.Headers(token), cancellationToken: cancellation).ResponseAsync;
}
