using NexusCart.Catalog.Actors;
using NexusCart.Catalog.Domain;
using NexusCart.Catalog.Domain.Structure;
using NexusCart.Catalog.ReadModel;
using NexusCart.Platform.Actors;

namespace NexusCart.Catalog.Api;

/// <summary>What came of putting a product into the catalogue: where there is a fault, nothing was done.</summary>
internal readonly record struct PutOutcome(RevisionOutcome Outcome, Product? Product, ProductFault? Fault);

/// <summary>
/// Puts products into the catalogue. What is unique among all products (slugs, variants' SKUs) is claimed from its own writer before the
/// product is written; see <see cref="Claims"/> for what becomes of a claim whose product is not.
/// </summary>
internal sealed class ProductDesk(
    ProductIndex index,
    StructureIndex structure,
    EntryDesk entries,
    ShardClient<Product, ProductCommand, ProductAnswer> products,
    TimeProvider time)
{
    /// <summary>Judges and writes one product. The categories must be there: <see cref="GrowCategoriesAsync"/>.</summary>
    public async Task<PutOutcome> PutAsync(Product draft, long? expectedVersion, CancellationToken cancellation)
    {
        if (ProductRules.Check(draft) is { } fault)
            return Refuse(fault);
        var shape = structure.Current;
        draft = draft with { CategoryId = shape.Categories.Resolve(draft.Category) };
        var placed = draft with { Category = shape.PathOf(draft) };
        if (AttributeRules.Check(placed, shape.Definitions) is { } wrong)
            return Refuse(wrong);

        var known = index.Find(draft.Sku);
        if (await ClaimVariantsAsync(draft, known, cancellation) is { } taken)
            return Refuse(taken);
        var suggested = (string?)null;
        if (draft.Slug is null && known?.Slug is null)
            suggested = await SuggestSlugAsync(draft, cancellation);
        else if (draft.Slug is { } slug && known?.AnswersTo(slug) != true && await ClaimSlugAsync(slug, draft.Sku, cancellation) is { } fault2)
            return Refuse(fault2);

        var edit = new ProductEdit(placed, expectedVersion, suggested);
        var answer = await products.ExecuteAsync(draft.Sku, new ProductCommand(edit), cancellation);
        if (answer is { Outcome: RevisionOutcome.Refused, Product.VariantOf: { } owner } && await IsLeftOverAsync(answer.Product, owner, cancellation))
            answer = await products.ExecuteAsync(draft.Sku, new ProductCommand(edit with { InsteadOf = owner }), cancellation);
        // Whoever wrote reads his write, even before the event has come round.
        if (answer.Product is { VariantOf: null } written)
            index.Put(written);
        return new(answer.Outcome, answer.Product, answer.Fault);
    }

    /// <summary>Makes the categories that drafts name and nobody has made.</summary>
    /// <returns>Why some could not be made, or null.</returns>
    public async Task<ProductFault?> GrowCategoriesAsync(IEnumerable<Product> drafts, CancellationToken cancellation)
    {
        var missing = drafts
            .Select(draft => draft.Category)
            .Distinct(StringComparer.Ordinal)
            .Where(path => ProductRules.IsCategory(path) && structure.Current.Categories.Resolve(path) is null)
            .ToList();
        if (missing.Count == 0)
            return null;
        var answer = await entries.ExecuteAsync(EntryIds.Categories, new GrowCategories(missing), cancellation);
        return answer.Fault;
    }

    private async Task<ProductFault?> ClaimVariantsAsync(Product draft, Product? known, CancellationToken cancellation)
    {
        if (draft.Variants is not { } variants)
            return null;
        var claims = variants
            .Select((variant, i) => (variant.Sku, Field: $"variants[{i}].sku"))
            .Where(variant => known?.Variants?.Any(old => old.Sku == variant.Sku) != true)
            .Select(async variant => await ClaimSkuAsync(variant.Sku, draft.Sku, cancellation) is { } reason ? new ProductFault(variant.Field, reason) : null);
        return (await Task.WhenAll(claims)).FirstOrDefault(fault => fault is not null);
    }

    private async Task<string?> ClaimSkuAsync(string sku, string owner, CancellationToken cancellation)
    {
        var edit = new ProductEdit(Product.TakenBy(sku, owner));
        var answer = await products.ExecuteAsync(sku, new ProductCommand(edit), cancellation);
        if (answer is { Outcome: RevisionOutcome.Refused, Product.VariantOf: { } holder } && await IsLeftOverAsync(answer.Product, holder, cancellation))
            answer = await products.ExecuteAsync(sku, new ProductCommand(edit with { InsteadOf = holder }), cancellation);
        return answer.Fault?.Reason;
    }

    /// <summary>Whether a variant's SKU belongs to a product that does not have that variant, and no edit that adds it is under way.</summary>
    private async Task<bool> IsLeftOverAsync(Product note, string owner, CancellationToken cancellation)
    {
        if (time.GetUtcNow() - note.UpdatedAt < Claims.Lease)
            return false;
        var holder = await products.ExecuteAsync(owner, ProductCommand.Read, cancellation);
        return holder.Product?.Variants?.Any(variant => variant.Sku == note.Sku) != true;
    }

    private async Task<string?> SuggestSlugAsync(Product draft, CancellationToken cancellation)
    {
        foreach (var candidate in Slugs.Candidates(draft.Title, draft.Sku))
        {
            if (await ClaimSlugAsync(candidate, draft.Sku, cancellation) is null)
                return candidate;
        }

        return null; // Every candidate is somebody's; the product is found by its SKU.
    }

    private async Task<ProductFault?> ClaimSlugAsync(string slug, string sku, CancellationToken cancellation)
    {
        var answer = await entries.ExecuteAsync(EntryIds.Slug(slug), new ClaimSlug(slug, sku, InsteadOf: null), cancellation);
        if (answer is not { Outcome: RevisionOutcome.Refused, Entry: SlugClaim claim })
            return answer.Fault;
        if (time.GetUtcNow() - claim.UpdatedAt < Claims.Lease)
            return answer.Fault;
        var holder = await products.ExecuteAsync(claim.Owner, ProductCommand.Read, cancellation);
        return holder.Product?.AnswersTo(slug) == true
            ? answer.Fault
            : (await entries.ExecuteAsync(EntryIds.Slug(slug), new ClaimSlug(slug, sku, claim.Owner), cancellation)).Fault;
    }

    private static PutOutcome Refuse(ProductFault fault) => new(RevisionOutcome.Refused, null, fault);
}
