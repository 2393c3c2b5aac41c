using NexusCart.Sidecar.Locks;
using NexusCart.Sidecar.Storage;

namespace NexusCart.Sidecar.Components.Locks;

/// <summary>
/// <c>lock.embedded</c>: locks without a server, kept in a file: who held a lock before a crash holds it after, until its lease
/// ends. Components that use the same file share the locks of equal keys.
/// </summary>
/// <remarks>Settings: <c>path</c> (locks.db), <c>keyPrefix</c> as with Dapr's lock stores.</remarks>
internal sealed class EmbeddedLockStore : ILockStore
{
    private const string Schema = "CREATE TABLE IF NOT EXISTS locks (key TEXT PRIMARY KEY, owner TEXT NOT NULL, ends INTEGER NOT NULL) WITHOUT ROWID";
    private const string Ended = "DELETE FROM locks WHERE ends <= ?1";

    private const string Lock = """
        INSERT INTO locks (key, owner, ends) VALUES (?1, ?2, ?3)
        ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, ends = excluded.ends WHERE locks.ends <= ?4
        """;

    private const string Holder = "SELECT owner FROM locks WHERE key = ?1 AND ends > ?2";
    private const string Unlock = "DELETE FROM locks WHERE key = ?1";

    // Locks that nobody gave back are removed now and then, so that the file does not grow with names that are used once.
    private const int LocksBetweenCleanups = 1024;

    private readonly EmbeddedDatabase _database;
    private readonly TimeProvider _time;
    private int _sinceCleanup;

    public EmbeddedLockStore(ComponentContext context)
    {
        _time = context.Cluster.Time;
        _database = EmbeddedDatabase.Shared(
            context.Cluster, new EmbeddedDatabaseOptions { Path = context.DataPath(context.Spec.Find("path") ?? "locks.db") });
    }

    /// <inheritdoc/>
    public Task InitAsync(CancellationToken cancellation) =>
        _database.WriteAsync(
            _time,
            static (session, time) =>
            {
                session.Prepare(Schema).Execute();
                return session.Prepare(Ended).Number(1, Now(time)).Execute();
            },
            WriteScope.Savepoint,
            cancellation);

    /// <inheritdoc/>
    public ValueTask<bool> TryLockAsync(string key, string owner, TimeSpan lease, CancellationToken cancellation)
    {
        if (Interlocked.Increment(ref _sinceCleanup) % LocksBetweenCleanups == 0)
            _ = _database.WriteAsync(
                _time, static (session, time) => session.Prepare(Ended).Number(1, Now(time)).Execute(), WriteScope.SingleStatement, default);
        // The clock is read where the writes are in order: two takers never see each other's time the wrong way round.
        return new ValueTask<bool>(_database.WriteAsync(
            (key, owner, lease, _time),
            static (session, request) =>
            {
                var now = Now(request._time);
                return session.Prepare(Lock)
                    .Text(1, request.key)
                    .Text(2, request.owner)
                    .Number(3, now + request.lease.Ticks)
                    .Number(4, now)
                    .Execute() == 1;
            },
            WriteScope.SingleStatement,
            cancellation));
    }

    /// <inheritdoc/>
    public ValueTask<UnlockOutcome> UnlockAsync(string key, string owner, CancellationToken cancellation) =>
        new(_database.WriteAsync(
            (key, owner, _time),
            static (session, request) =>
            {
                var holder = session.Prepare(Holder).Text(1, request.key).Number(2, Now(request._time));
                if (!holder.Step())
                    return UnlockOutcome.NotHeld;
                var isOwner = holder.Text(0) == request.owner;
                holder.Reset();
                if (!isOwner)
                    return UnlockOutcome.HeldByOther;
                session.Prepare(Unlock).Text(1, request.key).Execute();
                return UnlockOutcome.Unlocked;
            },
            WriteScope.SingleStatement,
            cancellation));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static long Now(TimeProvider time) => time.GetUtcNow().UtcTicks;
}
