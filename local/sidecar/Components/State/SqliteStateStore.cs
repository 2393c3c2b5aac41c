using NexusCart.Sidecar.State;
using NexusCart.Sidecar.Storage;

namespace NexusCart.Sidecar.Components.State;

/// <summary>
/// <c>state.sqlite</c>: Dapr's settings and table layout, on the process's shared writer: saves of all apps that name the same
/// file are committed in groups, and wait for each other in place of failing as busy.
/// </summary>
public sealed class SqliteStateStore : IStateStore, IStateKeyScanner
{
    private const int CleanupChunk = 500;
    private readonly ComponentContext _context;
    private readonly CancellationTokenSource _closing = new();
    private EmbeddedDatabase _database = null!;
    private SqliteStateTable _table = null!;
    private Task _cleanup = Task.CompletedTask;
    private TimeSpan _timeout;

    /// <param name="context">The component's declaration and surroundings.</param>
    public SqliteStateStore(ComponentContext context) => _context = context;

    /// <inheritdoc/>
    public IReadOnlyList<string> Capabilities { get; } = ["ETAG", "TRANSACTIONAL", "TTL", "KEYS_LIKE", "ACTOR"];

    /// <inheritdoc/>
    public async Task InitAsync(CancellationToken cancellation)
    {
        var spec = _context.Spec;
        var time = _context.Cluster.Time;
        _table = new SqliteStateTable(spec.Find("tableName") ?? "state", spec.Find("metadataTableName") ?? "metadata", time);
        var options = new EmbeddedDatabaseOptions
        {
            Path = DatabasePath(spec.Required("connectionString")),
            BusyTimeout = spec.Duration("busyTimeout", TimeSpan.FromSeconds(2)),
            DisableWal = spec.Flag("disableWAL"),
        };
        // A database without a file belongs to this component alone, as each connection to one has its own in Dapr.
        _database = options.Path == EmbeddedDatabaseOptions.InMemory
            ? new EmbeddedDatabase(options, _context.Logger)
            : EmbeddedDatabase.Shared(_context.Cluster, options);
        _timeout = spec.Duration("timeout", TimeSpan.FromSeconds(20));
        await _database.WriteAsync(_table, static (session, table) => table.Create(session), WriteScope.Savepoint, cancellation);

        var interval = spec.Duration("cleanupInterval", TimeSpan.FromHours(1));
        if (interval > TimeSpan.Zero)
            _cleanup = CleanUpEveryAsync(new PeriodicTimer(interval, time));
    }

    /// <inheritdoc/>
    public ValueTask<StateEntry?> GetAsync(string key, CancellationToken cancellation) =>
        _database.ReadAsync((_table, key), static (session, get) => get._table.Get(session, get.key), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StateHit>> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellation) =>
        _database.ReadAsync(
            (_table, keys),
            static (session, get) =>
            {
                var hits = new StateHit[get.keys.Count];
                for (var i = 0; i < hits.Length; i++)
                    hits[i] = new StateHit(get.keys[i], get._table.Get(session, get.keys[i]));
                return (IReadOnlyList<StateHit>)hits;
            },
            cancellation);

    /// <inheritdoc/>
    public async ValueTask WriteAsync(StateOperation operation, CancellationToken cancellation)
    {
        var applied = await InTimeAsync(_database.WriteAsync(
            (_table, operation),
            static (session, write) => write._table.Apply(session, write.operation),
            WriteScope.SingleStatement,
            cancellation));
        if (!applied)
            throw new ETagMismatchException(operation.Key);
    }

    /// <inheritdoc/>
    public async ValueTask TransactAsync(IReadOnlyList<StateOperation> operations, CancellationToken cancellation)
    {
        if (operations.Count == 0)
            return;
        await InTimeAsync(_database.WriteAsync(
            (_table, operations),
            static (session, write) =>
            {
                foreach (var operation in write.operations)
                {
                    if (!write._table.Apply(session, operation))
                        throw new ETagMismatchException(operation.Key);
                }

                return true;
            },
            CanStopHalfway(operations) ? WriteScope.Savepoint : WriteScope.SingleStatement,
            cancellation));
    }

    /// <summary>
    /// Whether an operation but the first may be refused, so that those before it must be undone. A savepoint costs a copy of every page
    /// that is touched; whoever wants none asks first and writes then.
    /// </summary>
    private static bool CanStopHalfway(IReadOnlyList<StateOperation> operations)
    {
        for (var i = 1; i < operations.Count; i++)
        {
            if (!string.IsNullOrEmpty(operations[i].ETag) || operations[i].Concurrency == StateConcurrency.FirstWrite
                || operations[i] is StateUpsert { Ttl: not null })
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ScanKeysAsync(string prefix, string? after, int limit, CancellationToken cancellation) =>
        _database.ReadAsync(
            (_table, prefix, after, limit),
            static (session, scan) => scan._table.Scan(session, scan.prefix, scan.after, scan.limit),
            cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _cleanup;
        _closing.Dispose();
        if (_database is { FilePath: EmbeddedDatabaseOptions.InMemory })
            await _database.DisposeAsync();
    }

    /// <summary>Removes expired rows now, a few at a time so that no group waits long.</summary>
    internal async Task CleanUpAsync(CancellationToken cancellation)
    {
        int removed;
        do
        {
            removed = await _database.WriteAsync(
                _table, static (session, table) => table.CleanUp(session, CleanupChunk), WriteScope.SingleStatement, cancellation);
        }
        while (removed == CleanupChunk);
    }

    // What comes of a write that was too slow is unknown: it may yet be committed. A disk is slow in real time, whatever the clock.
    private async ValueTask<bool> InTimeAsync(Task<bool> write)
    {
        if (_timeout <= TimeSpan.Zero)
            return await write;
        try
        {
            return await write.WaitAsync(_timeout);
        }
        catch (TimeoutException) when (!write.IsCompleted)
        {
            throw new TimeoutException("context deadline exceeded");
        }
    }

    private async Task CleanUpEveryAsync(PeriodicTimer timer)
    {
        using (timer)
        {
            while (await NextTickAsync(timer))
            {
                try
                {
                    await CleanUpAsync(_closing.Token);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    _context.Logger.LogError(e, "Could not remove expired rows of {Component}", _context.Spec.Name);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }

    private async ValueTask<bool> NextTickAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_closing.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>
    /// The file of a connection string as Dapr takes it: a path, or a <c>file:</c> URI whose query is for Dapr's own driver.
    /// </summary>
    private string DatabasePath(string connectionString)
    {
        var path = connectionString.StartsWith("file:", StringComparison.OrdinalIgnoreCase)
            ? Uri.UnescapeDataString(connectionString["file:".Length..])
            : connectionString;
        var isMemory = path.Contains("mode=memory", StringComparison.OrdinalIgnoreCase);
        path = path.Split('?', 2)[0];
        return isMemory || path == EmbeddedDatabaseOptions.InMemory ? EmbeddedDatabaseOptions.InMemory : _context.DataPath(path);
    }
}
