namespace NexusCart.Promotions.Domain;

/// <summary>What putting a definition came to.</summary>
public enum RevisionVerdict
{
    /// <summary>It is stored as asked, now or by an earlier repetition.</summary>
    Done,

    /// <summary>Another version is there than the one that was to be replaced.</summary>
    OtherVersion,

    /// <summary>It would change what is fixed.</summary>
    Fixed,
}

/// <summary>
/// The rule of versions: who replaces says what he has seen. A repetition of what is there changes nothing, whatever version it names.
/// </summary>
public static class DefinitionRevision
{
    /// <summary>Puts <paramref name="draft"/> in the place of <paramref name="current"/>.</summary>
    /// <param name="current">What is there; null when nothing is.</param>
    /// <param name="draft">The new content; its version is the one it replaces, 0 for none.</param>
    /// <param name="now">The time.</param>
    /// <returns>The verdict and what is there from now on; null when nothing is.</returns>
    public static (RevisionVerdict Verdict, Definition? Stored) Apply(Definition? current, Definition draft, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (current is not null && current.SameContentAs(draft) && (draft.Version == current.Version || draft.Version == current.Version - 1))
            return (RevisionVerdict.Done, current);
        if (draft.Version != (current?.Version ?? 0))
            return (RevisionVerdict.OtherVersion, current);
        return current?.FixedFieldChangedBy(draft) is null
            ? (RevisionVerdict.Done, draft with { Version = draft.Version + 1, UpdatedAt = now })
            : (RevisionVerdict.Fixed, current);
    }
}
