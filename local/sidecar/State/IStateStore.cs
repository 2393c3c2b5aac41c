using NexusCart.Sidecar.Components;

namespace NexusCart.Sidecar.State;

/// <summary>How a write treats a concurrent one.</summary>
public enum StateConcurrency
{
    /// <summary>Not said; as last-write.</summary>
    Unspecified,

    /// <summary>The first write wins: without an etag the key must be absent, with one it must match.</summary>
    FirstWrite,

    /// <summary>The last write wins; a given etag must match all the same.</summary>
    LastWrite,
}

/// <summary>A stored value.</summary>
/// <param name="Value">The bytes as written.</param>
/// <param name="ETag">Changes with each write.</param>
/// <param name="ExpiresAt">When the value vanishes; null for never.</param>
public sealed record StateEntry(ReadOnlyMemory<byte> Value, string ETag, DateTimeOffset? ExpiresAt);

/// <summary>A key with what was found under it (null when absent).</summary>
public readonly record struct StateHit(string Key, StateEntry? Entry);

/// <summary>One write or delete. Keys are full keys, prefix included.</summary>
public abstract record StateOperation(string Key, string? ETag, StateConcurrency Concurrency);

/// <summary>Writes a value.</summary>
/// <param name="Key">The full key.</param>
/// <param name="Value">The bytes.</param>
/// <param name="ETag">The etag the key must have; null or empty for no check.</param>
/// <param name="Concurrency">What else is checked.</param>
/// <param name="Ttl">When it expires; null removes an earlier expiry (but for Redis, which then keeps it when it is as strict as Dapr).</param>
/// <param name="EndsTtl">Whether the writer said that it never expires, rather than nothing.</param>
public sealed record StateUpsert(
    string Key,
    ReadOnlyMemory<byte> Value,
    string? ETag = null,
    StateConcurrency Concurrency = StateConcurrency.Unspecified,
    TimeSpan? Ttl = null,
    bool EndsTtl = false) : StateOperation(Key, ETag, Concurrency);

/// <summary>Deletes a key; an absent key is no error unless an etag is given.</summary>
public sealed record StateDelete(
    string Key,
    string? ETag = null,
    StateConcurrency Concurrency = StateConcurrency.Unspecified) : StateOperation(Key, ETag, Concurrency);

/// <summary>An etag did not match (or could not).</summary>
/// <param name="key">The key in question.</param>
/// <param name="detail">What the store has to say; null when it says nothing.</param>
public sealed class ETagMismatchException(string key, string? detail = null)
    : Exception("possible etag mismatch. error from state store" + (detail is null ? "" : ": " + detail))
{
    /// <summary>The key in question.</summary>
    public string Key { get; } = key;
}

/// <summary>An etag the store cannot even read.</summary>
public sealed class InvalidETagException(string message) : Exception(message);

/// <summary>A state store driver. Thread-safe; when a task completes successfully the write is as durable as the store gets.</summary>
public interface IStateStore : IComponent
{
    /// <summary>Reads one key; null when absent or expired.</summary>
    ValueTask<StateEntry?> GetAsync(string key, CancellationToken cancellation);

    /// <summary>Reads many keys; one hit per key asked, in that order.</summary>
    ValueTask<IReadOnlyList<StateHit>> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellation);

    /// <summary>One write or delete.</summary>
    /// <exception cref="ETagMismatchException">The etag or first-write check failed; nothing was written.</exception>
    /// <exception cref="InvalidETagException">The etag is none of this store; nothing was written.</exception>
    /// <exception cref="InvalidOperationException">The same, from stores whose first-write check is an error like any other in Dapr.</exception>
    ValueTask WriteAsync(StateOperation operation, CancellationToken cancellation);

    /// <summary>All or nothing.</summary>
    /// <exception cref="ETagMismatchException">One check failed; nothing was written.</exception>
    ValueTask TransactAsync(IReadOnlyList<StateOperation> operations, CancellationToken cancellation);
}

/// <summary>A store that can list keys by prefix, in ordinal order.</summary>
public interface IStateKeyScanner
{
    /// <summary>Whether a scan looks at every key of the store, whatever its prefix: then few large scans are better than many small ones.</summary>
    bool ScansEveryKey => false;

    /// <summary>Keys that begin with <paramref name="prefix"/> and are greater than <paramref name="after"/>, at most <paramref name="limit"/>.</summary>
    ValueTask<IReadOnlyList<string>> ScanKeysAsync(string prefix, string? after, int limit, CancellationToken cancellation);
}
