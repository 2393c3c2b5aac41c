namespace NexusCart.Catalog.Domain;

/// <summary>What putting something into the catalogue came to.</summary>
public enum RevisionOutcome
{
    /// <summary>It was not there before.</summary>
    Created,

    /// <summary>It was there and is different now.</summary>
    Updated,

    /// <summary>It was there just so, or it was only read.</summary>
    Unchanged,

    /// <summary>The edit was made on another version than there is; nothing was done.</summary>
    Stale,

    /// <summary>It breaks a rule that only the present state knows; nothing was done.</summary>
    Refused,
}

/// <summary>How a product is to be put into the catalogue.</summary>
/// <param name="Draft">The product; version, time and former slugs are ignored. A null slug keeps the one there is.</param>
/// <param name="ExpectedVersion">The version the edit was made on, 0 for a new product; null where that does not matter.</param>
/// <param name="SuggestedSlug">The slug of a product that has none and is given none.</param>
/// <param name="InsteadOf">The product that a variant's SKU is taken from, when it does not use it any more.</param>
public sealed record ProductEdit(Product Draft, long? ExpectedVersion = null, string? SuggestedSlug = null, string? InsteadOf = null);

/// <summary>What came of an edit.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="Product">The product as it is from now on; null where there is none.</param>
/// <param name="Fault">Why it was refused.</param>
public readonly record struct RevisedProduct(RevisionOutcome Outcome, Product? Product, ProductFault? Fault = null);

/// <summary>The rule of a product's versions: a repetition changes nothing, anything else is the next version.</summary>
public static class ProductRevision
{
    private const int MaxFormerSlugs = 20;

    /// <summary>Puts a draft in the place of <paramref name="current"/> (null when there is none).</summary>
    public static RevisedProduct Apply(Product? current, ProductEdit edit, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(edit);
        if (edit.Draft.VariantOf is { } owner)
            return Take(current, edit, owner, now);
        if (current?.VariantOf is { } holder && holder != edit.InsteadOf)
            return new(RevisionOutcome.Refused, current, new("sku", $"is the SKU of a variant of {holder}"));

        var present = current?.VariantOf is null ? current : null;
        var slug = edit.Draft.Slug ?? present?.Slug ?? edit.SuggestedSlug;
        var draft = edit.Draft with { Slug = slug, FormerSlugs = FormerSlugs(present, slug) };
        // Before the versions are compared: whoever repeats an edit that was done must not be told that it is stale.
        if (present is not null && present.SameContentAs(draft))
            return new(RevisionOutcome.Unchanged, present);
        if (edit.ExpectedVersion is { } expected && expected != (present?.Version ?? 0))
            return new(RevisionOutcome.Stale, present);
        return new(
            present is null ? RevisionOutcome.Created : RevisionOutcome.Updated,
            draft with { Version = (current?.Version ?? 0) + 1, UpdatedAt = now });
    }

    /// <summary>Notes that a SKU belongs to a variant of <paramref name="owner"/>; the note itself tells when it was made.</summary>
    private static RevisedProduct Take(Product? current, ProductEdit edit, string owner, DateTimeOffset now)
    {
        if (current is { VariantOf: null })
            return new(RevisionOutcome.Refused, current, new("sku", "is the SKU of a product of its own"));
        if (current?.VariantOf == owner && now - current.UpdatedAt < Claims.Refresh)
            return new(RevisionOutcome.Unchanged, current);
        if (current?.VariantOf is { } holder && holder != owner && holder != edit.InsteadOf)
            return new(RevisionOutcome.Refused, current, new("sku", $"is the SKU of a variant of {holder}"));
        return new(
            current is null ? RevisionOutcome.Created : RevisionOutcome.Updated,
            edit.Draft with { Version = (current?.Version ?? 0) + 1, UpdatedAt = now });
    }

    private static IReadOnlyList<string>? FormerSlugs(Product? present, string? slug)
    {
        if (present?.Slug is not { } last || last == slug)
            return present?.FormerSlugs;
        return [.. (present.FormerSlugs ?? []).Where(former => former != slug).Prepend(last).Take(MaxFormerSlugs)];
    }
}
