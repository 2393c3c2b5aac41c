namespace NexusCart.Sidecar.PubSub;

/// <summary>Metadata of an entry of a bulk publish.</summary>
internal static class BulkMetadata
{
    /// <summary>
    /// Those of the request, overridden by those of the entry; none, when the entry has none of its own (a habit of daprd).
    /// </summary>
    /// <param name="request">The request's.</param>
    /// <param name="entry">The entry's; null when it names none.</param>
    public static Dictionary<string, string> Of(IReadOnlyDictionary<string, string> request, IReadOnlyDictionary<string, string>? entry)
    {
        var merged = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (entry is null)
            return merged;
        foreach (var (name, value) in request.Concat(entry))
            merged[name] = value;
        return merged;
    }
}
