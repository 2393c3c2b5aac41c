using System.Diagnostics;

namespace NexusCart.Sidecar.Actors;

/// <summary>
/// The turns of one actor: one at a time, in the order they came. Calls that carry the reentrancy id of a turn join it, under way
/// or still waiting, up to a depth.
/// </summary>
internal sealed class TurnQueue
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Turn> _waiting = new();
    private Turn? _running;
    private Turn? _spare;
    private bool _closed;
    private TaskCompletionSource? _drained;

    /// <summary>Whether no more turns are given.</summary>
    public bool IsClosed => Volatile.Read(ref _closed);

    /// <summary>
    /// Waits for the turn; null when the queue was closed. Give it back with <see cref="Leave"/>.
    /// </summary>
    /// <param name="reentrancyId">Id of the turn to join; null for a turn that nobody joins.</param>
    /// <param name="maxDepth">How many may be in one turn.</param>
    /// <param name="cancellation">Ends the wait; a turn already given is not affected.</param>
    /// <exception cref="Api.DaprApiException">The turn is as deep as it may be.</exception>
    public ValueTask<Turn?> EnterAsync(string? reentrancyId, int maxDepth, CancellationToken cancellation)
    {
        Turn turn;
        lock (_gate)
        {
            if (_closed)
                return new ValueTask<Turn?>((Turn?)null);
            if (reentrancyId is not null && Find(reentrancyId) is { } joined)
            {
                if (joined.Depth >= maxDepth)
                    throw ActorErrors.StackDepth();
                joined.Depth++;
                if (ReferenceEquals(joined, _running))
                    return new ValueTask<Turn?>(joined);
                turn = joined;
            }
            else if (_running is null)
            {
                return new ValueTask<Turn?>(_running = Take(reentrancyId));
            }
            else
            {
                turn = new Turn { ReentrancyId = reentrancyId, Depth = 1 };
                turn.Place = _waiting.AddLast(turn);
            }

            turn.Started ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return WaitAsync(turn, turn.Started.Task, cancellation);
    }

    /// <summary>Gives a turn back; when everybody left it, the next begins.</summary>
    public void Leave(Turn turn)
    {
        lock (_gate)
        {
            Debug.Assert(turn.Depth > 0, "A turn was given back twice.");
            if (--turn.Depth > 0)
                return;
            if (!ReferenceEquals(turn, _running))
            {
                if (turn.Place is { List: not null } place)
                    _waiting.Remove(place);
                return;
            }

            StartNext();
            _spare = turn;
        }
    }

    /// <summary>Closes the queue unless a turn is under way or waited for.</summary>
    public bool TryCloseIdle()
    {
        lock (_gate)
        {
            if (_closed || _running is not null)
                return false;
            return _closed = true;
        }
    }

    /// <summary>Gives no more turns and sends away who waits; the task ends with the turn under way. False when closed already.</summary>
    public bool TryClose(out Task drained)
    {
        lock (_gate)
        {
            drained = _running is null ? Task.CompletedTask : (_drained ??= NewSource()).Task;
            if (_closed)
                return false;
            _closed = true;
            foreach (var turn in _waiting)
                turn.Started!.SetResult(false);
            _waiting.Clear();
            return true;
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async ValueTask<Turn?> WaitAsync(Turn turn, Task<bool> started, CancellationToken cancellation)
    {
        try
        {
            return await started.WaitAsync(cancellation) ? turn : null;
        }
        catch (OperationCanceledException)
        {
            Leave(turn);
            throw;
        }
    }

    private void StartNext()
    {
        if (_waiting.First is { } first)
        {
            _waiting.Remove(first);
            _running = first.Value;
            _running.Place = null;
            _running.Started!.SetResult(true);
            return;
        }

        _running = null;
        _drained?.SetResult();
    }

    private Turn? Find(string reentrancyId)
    {
        if (_running?.ReentrancyId == reentrancyId)
            return _running;
        foreach (var turn in _waiting)
        {
            if (turn.ReentrancyId == reentrancyId)
                return turn;
        }

        return null;
    }

    // A call that need not wait, which is nearly every one, costs no allocation.
    private Turn Take(string? reentrancyId)
    {
        var turn = _spare ?? new Turn();
        _spare = null;
        turn.ReentrancyId = reentrancyId;
        turn.Depth = 1;
        turn.Started = null;
        return turn;
    }
}

/// <summary>A turn of an actor, and everybody who is in it.</summary>
internal sealed class Turn
{
    /// <summary>Who carries this may join; null when nobody may.</summary>
    internal string? ReentrancyId { get; set; }

    /// <summary>How many calls are in it.</summary>
    internal int Depth { get; set; }

    /// <summary>Ends when the turn begins (true) or never will (false); null while nobody waits for it.</summary>
    internal TaskCompletionSource<bool>? Started { get; set; }

    /// <summary>Its place among those that wait.</summary>
    internal LinkedListNode<Turn>? Place { get; set; }
}
