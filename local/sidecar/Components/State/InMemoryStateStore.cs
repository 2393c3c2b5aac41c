using System.Globalization;
using NexusCart.Sidecar.State;

namespace NexusCart.Sidecar.Components.State;

/// <summary><c>state.in-memory</c>: lives and dies with its sidecar; every component has its own memory, as in Dapr.</summary>
public sealed class InMemoryStateStore : IStateStore, IStateKeyScanner
{
    private static readonly TimeSpan CleanupInterval = TimeSpan.FromSeconds(30);
    private readonly TimeProvider _time;
    private readonly Dictionary<string, StateEntry> _entries = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private ITimer? _cleanup;

    /// <param name="time">The clock that ends entries.</param>
    public InMemoryStateStore(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public IReadOnlyList<string> Capabilities { get; } =
        ["ETAG", "TRANSACTIONAL", "TTL", "DELETE_WITH_PREFIX", "KEYS_LIKE", "ACTOR"];

    /// <inheritdoc/>
    public Task InitAsync(CancellationToken cancellation)
    {
        _cleanup = _time.CreateTimer(_ => CleanUp(), null, CleanupInterval, CleanupInterval);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<StateEntry?> GetAsync(string key, CancellationToken cancellation)
    {
        lock (_lock)
            return ValueTask.FromResult(Live(key));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StateHit>> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellation)
    {
        var hits = new StateHit[keys.Count];
        lock (_lock)
        {
            for (var i = 0; i < hits.Length; i++)
                hits[i] = new StateHit(keys[i], Live(keys[i]));
        }

        return ValueTask.FromResult<IReadOnlyList<StateHit>>(hits);
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(StateOperation operation, CancellationToken cancellation) =>
        TransactAsync([operation], cancellation);

    /// <inheritdoc/>
    public ValueTask TransactAsync(IReadOnlyList<StateOperation> operations, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            lock (_lock)
            {
                // Every check is made against the state before the transaction.
                foreach (var operation in operations)
                    Check(operation);
                foreach (var operation in operations)
                    Apply(operation);
            }

            return ValueTask.CompletedTask;
        }
        catch (ETagMismatchException e)
        {
            return ValueTask.FromException(e);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ScanKeysAsync(string prefix, string? after, int limit, CancellationToken cancellation)
    {
        lock (_lock)
        {
            IReadOnlyList<string> keys =
            [
                .. _entries.Keys
                    .Where(key => key.StartsWith(prefix, StringComparison.Ordinal)
                        && (after is null || string.CompareOrdinal(key, after) > 0)
                        && Live(key) is not null)
                    .Order(StringComparer.Ordinal)
                    .Take(limit),
            ];
            return ValueTask.FromResult(keys);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _cleanup?.Dispose();
        lock (_lock)
            _entries.Clear();
        return ValueTask.CompletedTask;
    }

    private StateEntry? Live(string key) =>
        _entries.TryGetValue(key, out var entry) && (entry.ExpiresAt is not { } end || end > _time.GetUtcNow()) ? entry : null;

    private void Check(StateOperation operation)
    {
        var key = operation.Key;
        if (string.IsNullOrEmpty(operation.ETag))
        {
            if (operation.Concurrency == StateConcurrency.FirstWrite && Live(key) is not null)
                throw new ETagMismatchException(key, "item already exists and no etag was passed");
            return;
        }

        if (Live(key) is not { } entry)
            throw new ETagMismatchException(key, string.Create(CultureInfo.InvariantCulture, $"state not exist or expired for key={key}"));
        if (entry.ETag != operation.ETag)
            throw new ETagMismatchException(key, $"state etag not match for key={key}: current={entry.ETag}, expect={operation.ETag}");
    }

    private void Apply(StateOperation operation)
    {
        if (operation is StateUpsert upsert)
        {
            // The caller may reuse its buffer.
            _entries[upsert.Key] = new StateEntry(
                upsert.Value.ToArray(), Guid.NewGuid().ToString(), upsert.Ttl is { } ttl ? _time.GetUtcNow() + ttl : null);
        }
        else
        {
            _entries.Remove(operation.Key);
        }
    }

    private void CleanUp()
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            foreach (var (key, entry) in _entries)
            {
                if (entry.ExpiresAt <= now)
                    _entries.Remove(key);
            }
        }
    }
}
