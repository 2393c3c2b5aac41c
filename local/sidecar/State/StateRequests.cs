using System.Globalization;

namespace NexusCart.Sidecar.State;

/// <summary>A key to save or delete, as an app asks for it.</summary>
public sealed record StateItem
{
    /// <summary>The app's key, without prefix.</summary>
    public required string Key { get; init; }

    /// <summary>The value as it is stored; unused by deletes.</summary>
    public ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>Whether the value came as JSON (over HTTP) rather than as bytes.</summary>
    public bool ValueIsJson { get; init; }

    /// <summary>The etag the key must have; null or empty for no check.</summary>
    public string? ETag { get; init; }

    /// <summary><c>first-write</c>, <c>last-write</c> or empty.</summary>
    public string Concurrency { get; init; } = "";

    /// <summary><c>strong</c>, <c>eventual</c> or empty; these stores are always strong.</summary>
    public string Consistency { get; init; } = "";

    /// <summary>Metadata such as <c>ttlInSeconds</c>; names are compared without regard to case.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>An operation of a transaction.</summary>
/// <param name="Delete">Delete instead of save.</param>
/// <param name="Item">What is saved or deleted.</param>
public readonly record struct StateTransactionItem(bool Delete, StateItem Item);

/// <summary>An item as stores want it, with the checks every store makes.</summary>
internal static class StateRequests
{
    private const string TtlName = "ttlInSeconds";

    // Some seventy years; beyond it the end may be no date any more.
    private const long LongestTtl = int.MaxValue;

    /// <exception cref="ArgumentException">An option or the time to live cannot be understood.</exception>
    public static StateOperation ToUpsert(this StateItem item, string storedKey, string componentType)
    {
        CheckConsistency(item.Consistency);
        var concurrency = ToConcurrency(item.Concurrency);
        var (ttl, isGiven) = TimeToLive(item.Metadata, componentType);
        return new StateUpsert(storedKey, item.Value, item.ETag, concurrency, ttl, EndsTtl: isGiven && ttl is null);
    }

    /// <exception cref="ArgumentException">An option cannot be understood.</exception>
    public static StateOperation ToDelete(this StateItem item, string storedKey)
    {
        CheckConsistency(item.Consistency);
        return new StateDelete(storedKey, item.ETag, ToConcurrency(item.Concurrency));
    }

    private static StateConcurrency ToConcurrency(string word) => word switch
    {
        "" => StateConcurrency.Unspecified,
        "first-write" => StateConcurrency.FirstWrite,
        "last-write" => StateConcurrency.LastWrite,
        _ => throw new ArgumentException($"unrecognized concurrency model '{word}'"),
    };

    private static void CheckConsistency(string word)
    {
        if (word is not ("" or "strong" or "eventual"))
            throw new ArgumentException($"unrecognized consistency model '{word}'");
    }

    private static (TimeSpan? Ttl, bool IsGiven) TimeToLive(IReadOnlyDictionary<string, string>? metadata, string componentType)
    {
        if (metadata is null)
            return (null, false);
        foreach (var (name, value) in metadata)
        {
            if (!name.Equals(TtlName, StringComparison.OrdinalIgnoreCase) || value.Length == 0)
                continue;
            var wrong = componentType == "state.redis"
                ? "failed to parse ttl from metadata: "
                : $"error parsing TTL: incorrect value for metadata '{TtlName}': ";
            if (!long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds))
                throw new ArgumentException($"{wrong}strconv.ParseInt: parsing \"{value}\": invalid syntax");
            if (seconds < -1 && componentType is not ("state.in-memory" or "state.redis"))
                throw new ArgumentException($"{wrong}must be -1 or greater");
            return (seconds > 0 ? TimeSpan.FromSeconds(Math.Min(seconds, LongestTtl)) : null, true);
        }

        return (null, false);
    }
}
