using System.Text.Json.Serialization;
using NexusCart.Catalog.Domain.Structure;

namespace NexusCart.Catalog.Domain;

/// <summary>What is asked of an entry.</summary>
[JsonPolymorphic]
[JsonDerivedType(typeof(ReadEntry), "read")]
[JsonDerivedType(typeof(PutEntry), "put")]
[JsonDerivedType(typeof(ClaimSlug), "claim")]
[JsonDerivedType(typeof(PutCategory), "putCategory")]
[JsonDerivedType(typeof(RemoveCategory), "removeCategory")]
[JsonDerivedType(typeof(GrowCategories), "grow")]
public abstract record EntryCommand;

/// <summary>Reads what is there.</summary>
public sealed record ReadEntry : EntryCommand;

/// <summary>Puts an entry in the place of what is there.</summary>
/// <param name="Draft">The entry; version and time are ignored.</param>
/// <param name="ExpectedVersion">The version the edit was made on, 0 for a new one; null where that does not matter.</param>
public sealed record PutEntry(CatalogEntry Draft, long? ExpectedVersion) : EntryCommand;

/// <summary>Claims a slug for a product. See <see cref="Claims"/>.</summary>
/// <param name="Slug">The slug.</param>
/// <param name="Owner">The product's SKU.</param>
/// <param name="InsteadOf">The product it is taken from, when that does not use it any more.</param>
public sealed record ClaimSlug(string Slug, string Owner, string? InsteadOf) : EntryCommand;

/// <summary>What came of it.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="Entry">The entry as it is from now on; null where there is none.</param>
/// <param name="Fault">Why it was refused.</param>
public sealed record EntryAnswer(RevisionOutcome Outcome, CatalogEntry? Entry, ProductFault? Fault = null);

/// <summary>What commands do to entries.</summary>
public static class EntryRevision
{
    private const int MaxFormerNames = 20;

    /// <summary>Applies a command to what is there (null when nothing is).</summary>
    public static EntryAnswer Apply(CatalogEntry? current, EntryCommand command, DateTimeOffset now) => command switch
    {
        PutEntry put => Put(current, put, now),
        ClaimSlug claim => Claim(current as SlugClaim, claim, now),
        PutCategory or RemoveCategory or GrowCategories => CategoryTree.Apply(current as CategoryTree ?? CategoryTree.Empty, command, now),
        _ => new EntryAnswer(RevisionOutcome.Unchanged, current),
    };

    private static EntryAnswer Put(CatalogEntry? current, PutEntry put, DateTimeOffset now)
    {
        // Before the versions are compared: whoever repeats an edit that was done must not be told that it is stale.
        if (current is not null && put.Draft.SameContentAs(current))
            return new(RevisionOutcome.Unchanged, current);
        if (put.ExpectedVersion is { } expected && expected != (current?.Version ?? 0))
            return new(RevisionOutcome.Stale, current);
        if (current is not null && put.Draft.CheckChange(current) is { } fault)
            return new(RevisionOutcome.Refused, current, fault);

        var draft = put.Draft is Brand brand ? brand with { FormerNames = FormerNames(current as Brand, brand.Name) } : put.Draft;
        return new(
            current is null ? RevisionOutcome.Created : RevisionOutcome.Updated,
            draft with { Version = (current?.Version ?? 0) + 1, UpdatedAt = now });
    }

    private static EntryAnswer Claim(SlugClaim? current, ClaimSlug claim, DateTimeOffset now)
    {
        if (current is not null && current.Owner == claim.Owner && now - current.UpdatedAt < Claims.Refresh)
            return new(RevisionOutcome.Unchanged, current);
        if (current is not null && current.Owner != claim.Owner && current.Owner != claim.InsteadOf)
            return new(RevisionOutcome.Refused, current, new("slug", $"is the slug of {current.Owner}"));
        return new(
            current is null ? RevisionOutcome.Created : RevisionOutcome.Updated,
            new SlugClaim(claim.Slug, claim.Owner, (current?.Version ?? 0) + 1, now));
    }

    private static IReadOnlyList<string> FormerNames(Brand? current, string name) => current switch
    {
        null => [],
        _ when current.Name == name => current.FormerNames,
        _ => [.. current.FormerNames.Where(former => former != name).Prepend(current.Name).Take(MaxFormerNames)],
    };
}
