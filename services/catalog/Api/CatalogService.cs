using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using NexusCart.Catalog.Actors;
using NexusCart.Catalog.Domain;
using NexusCart.Catalog.ReadModel;
using NexusCart.Catalog.V1;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Security;
using NexusCart.Platform.Values;

namespace NexusCart.Catalog.Api;

/// <summary>The catalogue's API: reads from memory, writes through the product shards.</summary>
public sealed class CatalogService(
    ProductIndex index,
    ShardClient<Domain.Product, ProductCommand, ProductAnswer> shards) : V1.Catalog.CatalogBase
{
    private const int DefaultPageSize = 50;
    private const int MaxPageSize = 200;
    private const int MaxSkus = 200;
    private const int MaxUpserts = 500;

    /// <inheritdoc/>
    [AllowAnonymous]
    public override Task<V1.Product> GetProduct(GetProductRequest request, ServerCallContext context)
    {
        RequireLoaded();
        return index.TryGet(request.Sku, out var product) && product.Active
            ? Task.FromResult(product)
            : throw Refusal.NotFound("product", request.Sku);
    }

    /// <inheritdoc/>
    [AllowAnonymous]
    public override Task<GetProductsResponse> GetProducts(GetProductsRequest request, ServerCallContext context)
    {
        RequireLoaded();
        if (request.Skus.Count > MaxSkus)
            throw Refusal.Invalid("skus", $"must be at most {MaxSkus}");

        var answer = new GetProductsResponse();
        foreach (var sku in request.Skus)
        {
            if (index.TryGet(sku, out var product))
                answer.Products.Add(product);
            else
                answer.UnknownSkus.Add(sku);
        }

        return Task.FromResult(answer);
    }

    /// <inheritdoc/>
    [AllowAnonymous]
    public override Task<ListProductsResponse> ListProducts(ListProductsRequest request, ServerCallContext context)
    {
        RequireLoaded();
        if (request.PageSize is < 0 or > MaxPageSize)
            throw Refusal.Invalid("pageSize", $"must be 1 to {MaxPageSize}, or 0 for {DefaultPageSize}");
        if (request.PageToken.Length > 0 && !Identifiers.IsSku(request.PageToken))
            throw Refusal.Invalid("pageToken", "must be the nextPageToken of the page before");

        var pageSize = request.PageSize == 0 ? DefaultPageSize : request.PageSize;
        return Task.FromResult(ProductPage.Cut(index.Shelves().Of(request.Category), request.Brand, request.PageToken, pageSize));
    }

    /// <inheritdoc/>
    [AllowAnonymous]
    public override Task<ListCategoriesResponse> ListCategories(ListCategoriesRequest request, ServerCallContext context)
    {
        RequireLoaded();
        return Task.FromResult(new ListCategoriesResponse { Categories = { index.Shelves().Categories } });
    }

    /// <inheritdoc/>
    [Authorize(Policies.CatalogWrite)]
    public override async Task<UpsertProductsResponse> UpsertProducts(UpsertProductsRequest request, ServerCallContext context)
    {
        if (request.Products.Count is 0 or > MaxUpserts)
            throw Refusal.Invalid("products", $"must be 1 to {MaxUpserts}");

        var answer = new UpsertProductsResponse();
        var writes = new List<Task<ProductAnswer>>(request.Products.Count);
        for (var i = 0; i < request.Products.Count; i++)
        {
            var draft = ProductMapping.ToDraft(request.Products[i]);
            if (ProductRules.Check(draft) is { } fault)
                answer.Refused.Add(new ProductRefusal { Index = i, Sku = draft.Sku, Field = fault.Field, Reason = fault.Reason });
            else
                writes.Add(shards.ExecuteAsync(draft.Sku, new ProductCommand(draft), context.CancellationToken));
        }

        foreach (var upserted in await Task.WhenAll(writes))
        {
            // Whoever wrote reads his write, even before the event has come round.
            index.Put(upserted.Product!);
            switch (upserted.Outcome)
            {
                case RevisionOutcome.Created:
                    answer.Created++;
                    break;
                case RevisionOutcome.Updated:
                    answer.Updated++;
                    break;
                default:
                    answer.Unchanged++;
                    break;
            }
        }

        return answer;
    }

    private void RequireLoaded()
    {
        if (!index.IsLoaded)
            throw Refusal.Unavailable("The catalogue is starting.", TimeSpan.FromSeconds(1));
    }
}
