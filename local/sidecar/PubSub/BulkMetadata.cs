namespace NexusCart.Sidecar.PubSub;

/// <summary>Metadata of an entry of a bulk publish.</summary>
internal static class BulkMetadata
{
    /// <summary>Those of the request, overridden by those of the entry.</summary>
    public static Dictionary<string, string> Of(IReadOnlyDictionary<string, string> request, IReadOnlyDictionary<string, string>? entry)
    {
        var merged = new Dictionary<string, string>(request, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in entry ?? new Dictionary<string, string>())
            merged[name] = value;
        return merged;
    }

    /// <summary>What shapes the envelope: nothing, unless the entry has metadata of its own (a habit of daprd).</summary>
    public static IReadOnlyDictionary<string, string> ForEnvelope(
        Dictionary<string, string> merged, IReadOnlyDictionary<string, string>? entry) =>
        entry is { Count: > 0 } ? merged : new Dictionary<string, string>();
}
