namespace NexusCart.Sidecar.Storage;

/// <summary>What a write does to the group it commits with when it fails.</summary>
public enum WriteScope
{
    /// <summary>
    /// Only the first statement of the work may be refused, which SQLite makes all or nothing by itself; what fails after it is the
    /// file's fault, and fails the group.
    /// </summary>
    SingleStatement,

    /// <summary>The work runs several statements; a savepoint undoes them when it throws.</summary>
    Savepoint,
}

/// <summary>A write on its way to the writer, and the task its caller waits on.</summary>
internal abstract class PendingWrite
{
    /// <summary>Runs the work inside the group's transaction; keeps what it returned or threw for later.</summary>
    public abstract void Execute(SqliteSession session);

    /// <summary>The group is durable: called on the writer's thread in the order of execution, before anyone is answered.</summary>
    public virtual void Committed()
    {
    }

    /// <summary>The group is undone; as <see cref="Committed"/>.</summary>
    public virtual void RolledBack()
    {
    }

    /// <summary>
    /// Answers the caller with the work's own result or exception; on a thread of the pool, where what waits for it goes on at once.
    /// </summary>
    public abstract void Answer();

    /// <summary>Answers that the group could not be committed; as <see cref="Answer"/>.</summary>
    public abstract void Fail(Exception exception);
}

/// <inheritdoc cref="PendingWrite"/>
internal sealed class PendingWrite<TState, TResult>(
    TState state,
    Func<SqliteSession, TState, TResult> work,
    WriteScope scope,
    CancellationToken cancellation) : PendingWrite
{
    private readonly TaskCompletionSource<TResult> _completion = new();
    private TResult _result = default!;
    private Exception? _exception;

    public Task<TResult> Task => _completion.Task;

    public override void Execute(SqliteSession session)
    {
        if (cancellation.IsCancellationRequested)
        {
            _exception = new OperationCanceledException(cancellation);
            return;
        }

        if (scope == WriteScope.Savepoint)
            ExecuteInSavepoint(session);
        else
            ExecuteSingle(session);
    }

    public override void Answer()
    {
        switch (_exception)
        {
            case null:
                _completion.TrySetResult(_result);
                break;
            case OperationCanceledException cancelled:
                _completion.TrySetCanceled(cancelled.CancellationToken);
                break;
            default:
                _completion.TrySetException(_exception);
                break;
        }
    }

    public override void Fail(Exception exception) => _completion.TrySetException(_exception ?? exception);

    private void ExecuteSingle(SqliteSession session)
    {
        var before = session.TotalChanges;
        try
        {
            _result = work(session, state);
        }
        catch (Exception e)
        {
            _exception = e;
            if (session.TotalChanges != before)
                throw new InvalidOperationException("A write failed behind its first statement, and had not asked for a savepoint.", e);
        }
    }

    private void ExecuteInSavepoint(SqliteSession session)
    {
        session.Prepare("SAVEPOINT one").Execute();
        try
        {
            _result = work(session, state);
        }
        catch (Exception e)
        {
            _exception = e;
            if (!session.IsAutoCommit)
                session.Prepare("ROLLBACK TO one").Execute();
        }

        if (!session.IsAutoCommit)
            session.Prepare("RELEASE one").Execute();
    }
}
