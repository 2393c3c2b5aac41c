namespace Dapr.Workflow.Worker.Replay;

/// <summary>
/// Keeps a workflow's code on the thread of its turn: what it posts runs there, in order. What another thread posts means that the
/// workflow awaited something that is not of its context; that never goes on, since a replay could not repeat it.
/// </summary>
internal sealed class TurnSynchronizationContext : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly Action _onForeign;
    private bool _ended;

    /// <param name="onForeign">Told of each continuation that is dropped; on any thread.</param>
    internal TurnSynchronizationContext(Action onForeign) => _onForeign = onForeign;

    /// <summary>Whether this is the turn's thread and the turn is not over.</summary>
    internal bool IsInTurn => Environment.CurrentManagedThreadId == _thread && !_ended;

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (IsInTurn)
            _posted.Enqueue((d, state));
        else
            _onForeign();
    }

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (!IsInTurn)
            throw new InvalidOperationException("A workflow's code runs in its turn only.");

        d(state);
    }

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs what was posted, and what that posts.</summary>
    internal void RunPosted()
    {
        while (_posted.TryDequeue(out var item))
        {
            item.Callback(item.State);
        }
    }

    /// <summary>The turn is over.</summary>
    internal void End() => _ended = true;
}
