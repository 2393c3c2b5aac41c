using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using NexusCart.Catalog.Domain;
using NexusCart.Catalog.V1;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Idempotency;
using NexusCart.Platform.Security;
using NexusCart.Platform.Values;
using Product = NexusCart.Catalog.V1.Product;

namespace NexusCart.Catalog.Api;

/// <content>What staff do to products.</content>
internal sealed partial class CatalogService
{
    private const int MaxUpserts = 500;
    private const int DefaultExport = 100;
    private const int MaxExport = 500;
    private const long ExportBytes = 1 << 20;

    /// <inheritdoc/>
    [Authorize(Policies.CatalogWrite)]
    public override async Task<UpsertProductsResponse> UpsertProducts(UpsertProductsRequest request, ServerCallContext context)
    {
        RequireLoaded();
        if (request.Products.Count is 0 or > MaxUpserts)
            throw Refusal.Invalid("products", $"must be 1 to {MaxUpserts}");

        var drafts = request.Products.Select(ProductMapping.ToDraft).ToList();
        var full = await products.GrowCategoriesAsync(drafts, context.CancellationToken);
        var puts = await Task.WhenAll(drafts.Select((draft, i) =>
            (ContractFault(request.Products[i]) ?? (full is not null && !IsPlaced(draft) ? full : null)) is { } fault
                ? Task.FromResult(new PutOutcome(RevisionOutcome.Refused, null, fault))
                : products.PutAsync(draft, expectedVersion: null, context.CancellationToken)));

        var answer = new UpsertProductsResponse();
        for (var i = 0; i < puts.Length; i++)
        {
            switch (puts[i])
            {
                case { Fault: { } fault }:
                    answer.Refused.Add(new ProductRefusal { Index = i, Sku = drafts[i].Sku, Field = fault.Field, Reason = fault.Reason });
                    break;
                case { Outcome: RevisionOutcome.Created }:
                    answer.Created++;
                    break;
                case { Outcome: RevisionOutcome.Updated }:
                    answer.Updated++;
                    break;
                default:
                    answer.Unchanged++;
                    break;
            }
        }

        return answer;
    }

    /// <inheritdoc/>
    [Authorize(Policies.CatalogWrite)]
    public override async Task<Product> PutProduct(PutProductRequest request, ServerCallContext context)
    {
        RequireLoaded();
        if (request.Product is null)
            throw Refusal.Invalid("product", "is needed");
        var expected = context.ExpectedVersion(request.HasExpectedVersion ? request.ExpectedVersion : null);
        var draft = ProductMapping.ToDraft(request.Product) with { Sku = request.Sku };
        var fault = ContractFault(request.Product) ?? await products.GrowCategoriesAsync([draft], context.CancellationToken);
        var put = fault is null ? await products.PutAsync(draft, expected, context.CancellationToken) : new PutOutcome(RevisionOutcome.Refused, null, fault);
        if (put.Fault is { } refused)
            throw Refusal.Invalid(refused.Field == "sku" ? "sku" : $"product.{refused.Field}", refused.Reason);
        if (put.Outcome is RevisionOutcome.Stale)
            throw Refusal.Stale("product", request.Sku, put.Product?.Version ?? 0);
        return ShowToStaff(put.Product!, context);
    }

    /// <inheritdoc/>
    [Authorize(Policies.CatalogWrite)]
    public override Task<Product> GetStaffProduct(GetStaffProductRequest request, ServerCallContext context)
    {
        RequireLoaded();
        return index.FindOwner(request.Sku) is { } product
            ? Task.FromResult(ShowToStaff(product, context))
            : throw Refusal.NotFound("product", request.Sku);
    }

    /// <inheritdoc/>
    [Authorize(Policies.CatalogWrite)]
    public override Task<ExportProductsResponse> ExportProducts(ExportProductsRequest request, ServerCallContext context)
    {
        RequireLoaded();
        if (request.PageSize is < 0 or > MaxExport)
            throw Refusal.Invalid("pageSize", $"must be 1 to {MaxExport}, or 0 for {DefaultExport}");
        if (request.PageToken.Length > 0 && !Identifiers.IsSku(request.PageToken))
            throw Refusal.Invalid("pageToken", "must be the nextPageToken of the page before");

        var size = request.PageSize == 0 ? DefaultExport : request.PageSize;
        var shape = structure.Current;
        var answer = new ExportProductsResponse();
        var bytes = 0L;
        foreach (var product in index.InOrder(request.PageToken))
        {
            // A page of large products ends early: the sidecars on the way let 4 MiB through.
            if (answer.Products.Count == size || bytes > ExportBytes)
            {
                answer.NextPageToken = answer.Products[^1].Sku;
                break;
            }

            answer.Products.Add(ProductMapping.ToStaff(product, shape));
            bytes += ProductWeight.Of(product);
        }

        return Task.FromResult(answer);
    }

    private Product ShowToStaff(Domain.Product product, ServerCallContext context)
    {
        context.ShowVersion(product.Version);
        return ProductMapping.ToStaff(product, structure.Current);
    }

    private bool IsPlaced(Domain.Product draft) => structure.Current.Categories.Resolve(draft.Category) is not null;

    /// <summary>What the catalogue's own form of a product cannot say any more.</summary>
    private static ProductFault? ContractFault(Product product)
    {
        if (!Enum.IsDefined(product.Status))
            return new("status", "is none of the statuses");
        for (var i = 0; i < product.Variants.Count; i++)
        {
            var variant = product.Variants[i];
            if (variant.Price is { } price && price.Currency != product.Price?.Currency)
                return new($"variants[{i}].price.currency", "must be the product's");
            if (!Enum.IsDefined(variant.Status))
                return new($"variants[{i}].status", "is none of the statuses");
            if (variant.Media.Any(item => !Enum.IsDefined(item.Kind)))
                return new($"variants[{i}].media", "must be of the kinds there are");
        }

        if (product.Media.Any(item => !Enum.IsDefined(item.Kind)))
            return new("media", "must be of the kinds there are");
        return product.Related.All(related => Enum.IsDefined(related.Kind)) ? null : new("related", "must be of the kinds there are");
    }
}
