namespace NexusCart.Sidecar.Workflows.Instances;

/// <summary>Which keys of an instance are in the store, so that a commit knows what to write and what to delete.</summary>
internal sealed class StoredParts
{
    /// <summary>The metadata key and the entry of the active list are there.</summary>
    internal bool Metadata { get; set; }

    /// <summary>The metadata key speaks of an earlier generation.</summary>
    internal bool IsStale { get; set; }

    /// <summary>History keys, of whatever generation.</summary>
    internal int Batches { get; set; }

    /// <summary>The custom status key; null when there is none.</summary>
    internal string? CustomStatus { get; set; }

    /// <summary>Nothing is known of an earlier instance of the id: the first write must find none.</summary>
    internal bool MustBeNew { get; set; }
}
