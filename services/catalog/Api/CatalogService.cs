using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using NexusCart.Catalog.ReadModel;
using NexusCart.Catalog.V1;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Values;

namespace NexusCart.Catalog.Api;

/// <summary>The catalogue's API: reads from memory, writes through the shards. Here, what everybody may read.</summary>
internal sealed partial class CatalogService(
    ProductIndex index, StructureIndex structure, PriceTag prices, ProductDesk products, EntryDesk entries, TimeProvider time)
    : V1.Catalog.CatalogBase
{
    private const int DefaultPageSize = 50;
    private const int MaxPageSize = 200;
    private const int MaxSkus = 200;

    /// <inheritdoc/>
    [AllowAnonymous]
    public override async Task<Product> GetProduct(GetProductRequest request, ServerCallContext context)
    {
        RequireLoaded();
        return index.TryGet(request.Sku, out var product) && product.Active
            ? await ShowAsync(product, request.Currency, context)
            : throw Refusal.NotFound("product", request.Sku);
    }

    /// <inheritdoc/>
    [AllowAnonymous]
    public override async Task<Product> GetProductBySlug(GetProductBySlugRequest request, ServerCallContext context)
    {
        RequireLoaded();
        return index.TryGetBySlug(request.Slug, out var product) && product.Active
            ? await ShowAsync(product, request.Currency, context)
            : throw Refusal.NotFound("product", request.Slug);
    }

    /// <inheritdoc/>
    [AllowAnonymous]
    public override async Task<ListRelatedProductsResponse> ListRelatedProducts(ListRelatedProductsRequest request, ServerCallContext context)
    {
        RequireLoaded();
        if (!index.TryGet(request.Sku, out var product) || !product.Active)
            throw Refusal.NotFound("product", request.Sku);

        var view = await prices.ViewAsync(request.Currency, context);
        var answer = new ListRelatedProductsResponse();
        foreach (var related in product.Related)
        {
            if (!index.TryGet(related.Sku, out var other) || !other.Active)
                continue;
            answer.Products.Add(prices.Price(other, view));
            answer.Kinds.Add(related.Kind);
        }

        // Those that are not shown count as well: they may become active.
        Describe(context, answer, [PageHeaders.Product(product.Sku), .. product.Related.Select(related => PageHeaders.Product(related.Sku))]);
        return answer;
    }

    /// <inheritdoc/>
    [AllowAnonymous]
    public override async Task<GetProductsResponse> GetProducts(GetProductsRequest request, ServerCallContext context)
    {
        RequireLoaded();
        if (request.Skus.Count > MaxSkus)
            throw Refusal.Invalid("skus", $"must be at most {MaxSkus}");

        var (view, forService) = await prices.ViewAsync(request, context);
        var answer = new GetProductsResponse();
        foreach (var sku in request.Skus)
        {
            if (!index.TryGet(sku, out var product))
            {
                answer.UnknownSkus.Add(sku);
                continue;
            }

            var priced = prices.Price(product, view, request.Quantities.GetValueOrDefault(sku, 1));
            answer.Products.Add(forService ? Sellable(priced) : priced);
        }

        return answer;
    }

    /// <inheritdoc/>
    [AllowAnonymous]
    public override async Task<ListProductsResponse> ListProducts(ListProductsRequest request, ServerCallContext context)
    {
        RequireLoaded();
        if (request.PageSize is < 0 or > MaxPageSize)
            throw Refusal.Invalid("pageSize", $"must be 1 to {MaxPageSize}, or 0 for {DefaultPageSize}");

        var shape = structure.Current;
        var brand = (shape.Brands.GetValueOrDefault(request.Brand) ?? shape.BrandOf(request.Brand))?.Name ?? request.Brand;
        var query = ProductQuery.Read(request, brand);
        var category = shape.Categories.Resolve(request.Category) is { } id ? shape.Categories.PathOf(id)! : request.Category;
        var view = await prices.ViewAsync(request.Currency, context);
        var shelf = index.Shelves().Of(category);
        var pageSize = request.PageSize == 0 ? DefaultPageSize : request.PageSize;
        var answer = query.IsPlain ? Plain(shelf, brand, request.PageToken, pageSize, view) : query.Page(shelf, product => prices.Price(product, view), pageSize);

        var keys = answer.Products.Select(product => PageHeaders.Product(product.Sku)).Prepend(PageHeaders.Category(category));
        Describe(context, answer, query.DependsOnPrices ? keys.Append(PageHeaders.Prices) : keys);
        return answer;
    }

    private async Task<Product> ShowAsync(Product product, string currency, ServerCallContext context)
    {
        var priced = prices.PriceWithTiers(product, await prices.ViewAsync(currency, context));
        Describe(context, priced, [PageHeaders.Product(product.Sku), .. product.ParentSku.Length > 0 ? [PageHeaders.Product(product.ParentSku)] : Array.Empty<string>()]);
        return priced;
    }

    private ListProductsResponse Plain(IReadOnlyList<Product> shelf, string brand, string token, int size, PriceView view)
    {
        if (token.Length > 0 && !Identifiers.IsSku(token))
            throw Refusal.Invalid("pageToken", "must be the nextPageToken of the page before");
        var answer = ProductPage.Cut(shelf, brand, token, size);
        for (var i = 0; i < answer.Products.Count; i++)
            answer.Products[i] = prices.Price(answer.Products[i], view);
        return answer;
    }

    /// <summary>A product that has variants is not sold itself: whoever puts it into a cart must name one.</summary>
    private Product Sellable(Product product)
    {
        if (!product.Active || index.Find(product.Sku) is not { HasVariants: true })
            return product;
        var closed = product.Clone();
        closed.Active = false;
        return closed;
    }

    private void Describe(ServerCallContext context, Google.Protobuf.IMessage page, IEnumerable<string> keys)
    {
        var now = time.GetUtcNow();
        PageHeaders.Describe(context, page, structure.Prices.NextTurn(now), now, keys.Append(PageHeaders.Catalog));
    }

    private void RequireLoaded()
    {
        if (!index.IsLoaded)
            throw Refusal.Unavailable("The catalogue is starting.", TimeSpan.FromSeconds(1));
    }
}
