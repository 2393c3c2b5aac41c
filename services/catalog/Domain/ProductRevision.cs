namespace NexusCart.Catalog.Domain;

/// <summary>What putting a product into the catalogue came to.</summary>
public enum RevisionOutcome
{
    /// <summary>It was not there before.</summary>
    Created,

    /// <summary>It was there and is different now.</summary>
    Updated,

    /// <summary>It was there just so.</summary>
    Unchanged,
}

/// <summary>The rule of a product's versions: a repetition changes nothing, anything else is the next version.</summary>
public static class ProductRevision
{
    /// <summary>Puts <paramref name="draft"/> in the place of <paramref name="current"/> (null when there is none).</summary>
    /// <returns>The outcome, and the product as it is from now on.</returns>
    public static (RevisionOutcome Outcome, Product Product) Apply(Product? current, Product draft, DateTimeOffset now)
    {
        if (current is null)
            return (RevisionOutcome.Created, draft with { Version = 1, UpdatedAt = now });
        return current.SameContentAs(draft)
            ? (RevisionOutcome.Unchanged, current)
            : (RevisionOutcome.Updated, draft with { Version = current.Version + 1, UpdatedAt = now });
    }
}
