using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using NexusCart.Catalog.Actors;
using NexusCart.Catalog.Domain;
using NexusCart.Catalog.Domain.Structure;
using NexusCart.Catalog.V1;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Idempotency;
using NexusCart.Platform.Security;
using NexusCart.Platform.Values;
using Brand = NexusCart.Catalog.V1.Brand;
using Category = NexusCart.Catalog.V1.Category;

namespace NexusCart.Catalog.Api;

/// <content>Categories, brands and attribute definitions.</content>
internal sealed partial class CatalogService
{
    /// <inheritdoc/>
    [AllowAnonymous]
    public override Task<ListCategoriesResponse> ListCategories(ListCategoriesRequest request, ServerCallContext context)
    {
        RequireLoaded();
        var answer = new ListCategoriesResponse();
        var categories = CategoryListing.InOrder(structure.Current.Categories, index.Shelves());
        answer.Categories.AddRange(request.Below.Length == 0
            ? categories
            : categories.Where(category => category.Path == request.Below || category.Path.StartsWith(request.Below + "/", StringComparison.Ordinal)));
        Describe(context, answer, [PageHeaders.Categories]);
        return Task.FromResult(answer);
    }

    /// <inheritdoc/>
    [Authorize(Policies.CatalogWrite)]
    public override async Task<Category> PutCategory(PutCategoryRequest request, ServerCallContext context)
    {
        RequireLoaded();
        var violations = new Violations();
        violations.CheckId(request.CategoryId, "categoryId");
        violations.ThrowIfAny();
        var draft = new Domain.Structure.Category(
            request.CategoryId, request.ParentId.Length == 0 ? null : request.ParentId, request.Slug, request.Name, request.Order, 0);
        var expected = context.ExpectedVersion(request.HasExpectedVersion ? request.ExpectedVersion : null);
        var tree = await entries.EditAsync<CategoryTree>(
            "category", draft.Id, EntryIds.Categories, new PutCategory(draft, expected),
            tree => new CategoryMap(tree).Find(draft.Id)?.Version ?? 0, context.CancellationToken);

        var map = new CategoryMap(tree);
        var category = map.Find(draft.Id)!;
        context.ShowVersion(category.Version);
        return StructureMapping.ToContract(category, map.PathOf(draft.Id)!, index.Shelves().CountOf(map.PathOf(draft.Id)!));
    }

    /// <inheritdoc/>
    [Authorize(Policies.CatalogWrite)]
    public override async Task<DeleteCategoryResponse> DeleteCategory(DeleteCategoryRequest request, ServerCallContext context)
    {
        RequireLoaded();
        if (index.InOrder("").Any(product => product.CategoryId == request.CategoryId))
            throw Refusal.Precondition("category_in_use", $"The category '{request.CategoryId}' has products.");
        var answer = await entries.ExecuteAsync(EntryIds.Categories, new RemoveCategory(request.CategoryId), context.CancellationToken);
        return answer.Fault is { } fault
            ? throw Refusal.Precondition("category_in_use", $"The category '{request.CategoryId}' {fault.Reason}.")
            : new DeleteCategoryResponse();
    }

    /// <inheritdoc/>
    [AllowAnonymous]
    public override Task<ListBrandsResponse> ListBrands(ListBrandsRequest request, ServerCallContext context)
    {
        RequireLoaded();
        var counts = index.Shelves().Of("")
            .Where(product => product.Brand.Length > 0)
            .CountBy(product => product.Brand, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(StringComparer.OrdinalIgnoreCase);
        var answer = new ListBrandsResponse();
        foreach (var brand in structure.Current.Brands.Values)
        {
            answer.Brands.Add(StructureMapping.ToContract(brand, counts.GetValueOrDefault(brand.Name)));
            counts.Remove(brand.Name);
        }

        answer.Brands.AddRange(counts.Select(brand => new Brand { Name = brand.Key, ProductCount = brand.Value }));
        var sorted = answer.Brands.OrderBy(brand => brand.Name, StringComparer.OrdinalIgnoreCase).ThenBy(brand => brand.Slug, StringComparer.Ordinal).ToList();
        answer.Brands.Clear();
        answer.Brands.AddRange(sorted);
        Describe(context, answer, [PageHeaders.Brands]);
        return Task.FromResult(answer);
    }

    /// <inheritdoc/>
    [Authorize(Policies.CatalogWrite)]
    public override async Task<Brand> PutBrand(PutBrandRequest request, ServerCallContext context)
    {
        RequireLoaded();
        var draft = new Domain.Brand(request.Slug, request.Name, request.Description, request.LogoUrl, request.WebsiteUrl, [], 0, default);
        if (draft.Check() is { } fault)
            throw Refusal.Invalid(fault.Field, fault.Reason);
        var brand = await EditAsync("brand", draft.Slug, draft, request.HasExpectedVersion ? request.ExpectedVersion : null, context);
        return StructureMapping.ToContract(brand, index.Shelves().Of("").Count(product => brand.IsNamed(product.Brand)));
    }

    /// <inheritdoc/>
    [AllowAnonymous]
    public override Task<ListAttributesResponse> ListAttributes(ListAttributesRequest request, ServerCallContext context)
    {
        RequireLoaded();
        var answer = new ListAttributesResponse();
        answer.Attributes.AddRange(structure.Current.Definitions.Values
            .OrderBy(definition => definition.Name, StringComparer.Ordinal)
            .Select(StructureMapping.ToContract));
        Describe(context, answer, [PageHeaders.Attributes]);
        return Task.FromResult(answer);
    }

    /// <inheritdoc/>
    [Authorize(Policies.CatalogWrite)]
    public override async Task<V1.AttributeDefinition> PutAttribute(PutAttributeRequest request, ServerCallContext context)
    {
        RequireLoaded();
        if (request.Definition is null)
            throw Refusal.Invalid("definition", "is needed");
        if (request.Definition.Kind is V1.AttributeKind.Unspecified || !Enum.IsDefined(request.Definition.Kind))
            throw Refusal.Invalid("definition.kind", "must be one of the kinds there are");
        var draft = StructureMapping.ToDraft(request.Name, request.Definition);
        if (draft.Check() is { } fault)
            throw Refusal.Invalid(fault.Field, fault.Reason);
        var definition = await EditAsync("attribute", draft.Name, draft, request.HasExpectedVersion ? request.ExpectedVersion : null, context);
        return StructureMapping.ToContract(definition);
    }

    /// <inheritdoc/>
    [Authorize(Policies.CatalogWrite)]
    public override async Task<DeleteAttributeResponse> DeleteAttribute(DeleteAttributeRequest request, ServerCallContext context)
    {
        RequireLoaded();
        if (structure.Current.Attributes.GetValueOrDefault(request.Name) is { Deleted: false } definition)
            await entries.ExecuteAsync(EntryIds.Attribute(request.Name), new PutEntry(definition with { Deleted = true }, null), context.CancellationToken);
        return new DeleteAttributeResponse();
    }

    private async Task<TEntry> EditAsync<TEntry>(string what, string name, TEntry draft, long? expectedField, ServerCallContext context)
        where TEntry : CatalogEntry
    {
        var entry = await entries.EditAsync<TEntry>(
            what, name, EntryIds.Of(draft), new PutEntry(draft, context.ExpectedVersion(expectedField)), present => present.Version, context.CancellationToken);
        context.ShowVersion(entry.Version);
        return entry;
    }
}
