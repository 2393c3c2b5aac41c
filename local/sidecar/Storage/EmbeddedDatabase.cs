using System.Collections.Concurrent;
using System.Threading.Channels;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Sidecar.Storage;

/// <summary>
/// A SQLite file with one writer. Writes queue up; the writer takes all that wait, runs them in one transaction and commits once,
/// so that one fsync serves many callers. A caller's task completes after that commit: what was answered survives a crash of the
/// process and of the machine. Reads run on the caller's thread on connections of their own and see every completed write.
/// </summary>
public sealed class EmbeddedDatabase : IAsyncDisposable
{
    private readonly EmbeddedDatabaseOptions _options;
    private readonly ILogger _logger;
    private readonly Channel<PendingWrite> _queue;
    private readonly ConcurrentStack<SqliteSession> _readers = new();
    private readonly Thread _writer;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SqliteSession _session;
    private readonly Checkpointer? _checkpointer;
    private volatile bool _closed;
    private long _commits;

    /// <summary>Opens the file; throws when it cannot be opened or is no database.</summary>
    public EmbeddedDatabase(EmbeddedDatabaseOptions options, ILogger logger)
    {
        _options = options;
        _logger = logger;
        if (!IsInMemory && Path.GetDirectoryName(options.Path) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);
        _session = SqliteSession.OpenWriter(options);
        _checkpointer = IsInMemory || options.DisableWal ? null : new Checkpointer(options, logger);
        // Who queues a write wakes the writer itself; whom the writer gives a place does not go on on its thread (WaitForPlaceAsync).
        _queue = Channel.CreateBounded<PendingWrite>(
            new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true, AllowSynchronousContinuations = true });
        _writer = new Thread(Run) { IsBackground = true, Name = "db " + Path.GetFileName(options.Path) };
        _writer.Start();
    }

    /// <summary>Absolute path of the file.</summary>
    public string FilePath => _options.Path;

    /// <summary>Transactions committed since it was opened; far fewer than writes when callers run in parallel.</summary>
    public long Commits => Interlocked.Read(ref _commits);

    private bool IsInMemory => _options.Path == EmbeddedDatabaseOptions.InMemory;

    /// <summary>The process's one database of this file; the options of whoever asks first count.</summary>
    public static EmbeddedDatabase Shared(LocalCluster cluster, EmbeddedDatabaseOptions options) =>
        cluster.Shared(options.Path, c => new EmbeddedDatabase(options, c.Loggers.CreateLogger("storage")));

    /// <summary>
    /// Runs <paramref name="work"/> on the writer; the task completes when its changes are durable. When the work throws, its
    /// changes are undone and the task fails with that exception; other writes of the group are not affected.
    /// Once begun a write cannot be cancelled.
    /// </summary>
    internal Task<TResult> WriteAsync<TState, TResult>(
        TState state,
        Func<SqliteSession, TState, TResult> work,
        WriteScope scope,
        CancellationToken cancellation)
    {
        var write = new PendingWrite<TState, TResult>(state, work, scope, cancellation);
        var queued = EnqueueAsync(write, cancellation);
        return queued.IsCompletedSuccessfully ? write.Task : WaitAsync(queued, write.Task);

        static async Task<TResult> WaitAsync(ValueTask queued, Task<TResult> written)
        {
            await queued;
            return await written;
        }
    }

    /// <summary>Queues a write of its own kind; completes when it has a place, which is before it is written.</summary>
    internal ValueTask EnqueueAsync(PendingWrite write, CancellationToken cancellation) =>
        _queue.Writer.TryWrite(write) ? ValueTask.CompletedTask : WaitForPlaceAsync(write, cancellation);

    /// <summary>Runs <paramref name="read"/> against the last committed data, in one read transaction per statement.</summary>
    internal ValueTask<TResult> ReadAsync<TState, TResult>(
        TState state,
        Func<SqliteSession, TState, TResult> read,
        CancellationToken cancellation)
    {
        // A database without a file exists on the writer's connection only.
        if (IsInMemory)
            return new ValueTask<TResult>(WriteAsync(state, read, WriteScope.SingleStatement, cancellation));

        cancellation.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_closed, this);
        if (!_readers.TryPop(out var session))
            session = SqliteSession.OpenReader(_options);
        try
        {
            return ValueTask.FromResult(read(session, state));
        }
        finally
        {
            _readers.Push(session);
            if (_closed)
                CloseReaders();
        }
    }

    /// <summary>Commits what was queued, then closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _closed = true;
        _queue.Writer.TryComplete();
        await _stopped.Task;
        CloseReaders();
    }

    private async ValueTask WaitForPlaceAsync(PendingWrite write, CancellationToken cancellation)
    {
        try
        {
            await _queue.Writer.WriteAsync(write, cancellation).AsTask().ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(EmbeddedDatabase), $"The database {FilePath} is closed.");
        }
    }

    private void Run()
    {
        var group = new List<PendingWrite>(_options.GroupLimit);
        var reader = _queue.Reader;
        // An event, which puts the thread to sleep: waiting for a task gives the processor away over and over before it sleeps.
        using var wake = new AutoResetEvent(initialState: false);
        Action set = () => wake.Set();
        try
        {
            // A thread of its own waits here and in fsync, so that disk time never takes a thread from the pool.
            while (WaitForWrites(reader, wake, set))
            {
                while (group.Count < _options.GroupLimit && reader.TryRead(out var write))
                    group.Add(write);
                CommitGroup(group);
                group.Clear();
                _checkpointer?.AfterCommit(_session);
            }
        }
        finally
        {
            CloseReaders();
            _checkpointer?.Dispose();
            _session.Dispose();
            _stopped.SetResult();
        }
    }

    /// <summary>Waits until there is a write.</summary>
    /// <returns>False when the queue is closed and empty.</returns>
    private static bool WaitForWrites(ChannelReader<PendingWrite> reader, AutoResetEvent wake, Action set)
    {
        var ready = reader.WaitToReadAsync().AsTask();
        if (!ready.IsCompleted)
        {
            ready.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(set);
            wake.WaitOne();
        }

        return ready.GetAwaiter().GetResult();
    }

    private void CommitGroup(List<PendingWrite> group)
    {
        try
        {
            _session.Prepare("BEGIN IMMEDIATE").Execute();
            foreach (var write in group)
            {
                write.Execute(_session);
                if (_session.IsAutoCommit)
                    throw new IOException($"The database {FilePath} gave up a transaction; is the disk full?");
            }

            _session.Prepare("COMMIT").Execute();
            Interlocked.Increment(ref _commits);
        }
        catch (Exception e)
        {
            _logger.LogError(e, "Could not commit {Count} writes to {File}", group.Count, FilePath);
            RollBack();
            foreach (var write in group)
                write.RolledBack();
            GroupAnswers.Begin(group, e);
            return;
        }

        foreach (var write in group)
            write.Committed();
        GroupAnswers.Begin(group);
    }

    private void RollBack()
    {
        try
        {
            if (!_session.IsAutoCommit)
                _session.Prepare("ROLLBACK").Execute();
        }
        catch (Exception e)
        {
            _logger.LogError(e, "Could not roll back in {File}", FilePath);
        }
    }

    private void CloseReaders()
    {
        while (_readers.TryPop(out var session))
            session.Dispose();
    }
}
