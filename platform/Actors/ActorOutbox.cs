using Dapr.Actors.Runtime;
using Microsoft.Extensions.Logging;

namespace NexusCart.Platform.Actors;

/// <summary>Bounds of an outbox.</summary>
/// <param name="Capacity">Pending events above which <see cref="ActorOutbox.IsFull"/> holds.</param>
/// <param name="PublishTimeout">Deadline of one publish.</param>
/// <param name="LatestOnly">
/// An event replaces an older one of the same key that has not left yet: for events that tell the present state, not
/// what happened.
/// </param>
public sealed record ActorOutboxOptions(int Capacity, TimeSpan PublishTimeout, bool LatestOnly = false);

/// <summary>What an actor offers its outbox.</summary>
/// <param name="State">The actor's state manager.</param>
/// <param name="Dispatch">Sends one event; throws when it is not known to have arrived.</param>
/// <param name="EnsureReminder">Makes sure that a durable reminder will call <see cref="ActorOutbox.RepairAsync"/>.</param>
/// <param name="RemoveReminder">Takes the reminder away.</param>
/// <param name="Logger">Where failed attempts are logged.</param>
public sealed record ActorOutboxHost(
    IActorStateManager State,
    Func<PendingEvent, CancellationToken, Task> Dispatch,
    Func<Task> EnsureReminder,
    Func<Task> RemoveReminder,
    ILogger Logger);

/// <summary>
/// The pending events of an actor (DESIGN law 4b): written in the same state transaction as what they tell, published
/// after the turn outside the actor's lock, cleared by the next transaction the actor makes anyway. A durable
/// reminder, registered before the first pending event is saved, repairs when publishing failed or the process died.
/// </summary>
/// <remarks>
/// Events of one key leave in order, different keys in parallel. All members but the dispatcher inside run within the
/// actor's turn. An event may be published again after a crash; its id stays the same.
/// </remarks>
public sealed class ActorOutbox : IAsyncDisposable
{
    /// <summary>The state key of the pending events.</summary>
    public const string StateKey = "pe";

    private const int ParallelKeys = 16;
    private readonly ActorOutboxHost _host;
    private readonly ActorOutboxOptions _options;
    private readonly Lock _sync = new();
    private readonly HashSet<string> _published = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private List<PendingEvent> _saved = [];
    private List<PendingEvent> _staged = [];
    private List<PendingEvent>? _writing;
    private Task _dispatching = Task.CompletedTask;
    private bool _hasReminder;

    /// <param name="host">The actor's side.</param>
    /// <param name="options">Bounds.</param>
    public ActorOutbox(ActorOutboxHost host, ActorOutboxOptions options)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(options);
        _host = host;
        _options = options;
    }

    /// <summary>So many events wait that the actor should refuse work that would cause more.</summary>
    public bool IsFull
    {
        get
        {
            lock (_sync)
                return _saved.Count - _published.Count + _staged.Count >= _options.Capacity;
        }
    }

    /// <summary>Reads what is pending; at the actor's activation and after a failed turn.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken = default)
    {
        var stored = await _host.State.TryGetStateAsync<List<PendingEvent>>(StateKey, cancellationToken);
        lock (_sync)
        {
            _saved = stored.HasValue ? stored.Value : [];
            _published.IntersectWith(_saved.Select(pending => pending.Id));
        }

        _staged = [];
        _writing = null;
        Dispatch();
    }

    /// <summary>Adds an event to the turn.</summary>
    public void Stage(PendingEvent pending) => _staged.Add(pending);

    /// <summary>Before the turn is saved: registers the reminder if needed and puts the key into the state manager.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken = default)
    {
        List<PendingEvent> next;
        lock (_sync)
        {
            if (_staged.Count == 0 && _published.Count == 0)
                return;
            next = [.. _saved.Where(pending => !_published.Contains(pending.Id)), .. _staged];
        }

        if (_options.LatestOnly)
            next = [.. next.Reverse<PendingEvent>().DistinctBy(pending => (pending.Type, pending.Key)).Reverse()];

        if (next.Count > 0 && !_hasReminder)
        {
            await _host.EnsureReminder();
            _hasReminder = true;
        }

        _writing = next;
        await _host.State.SetStateAsync(StateKey, next, cancellationToken);
    }

    /// <summary>After the turn is saved: starts publishing.</summary>
    public void Saved()
    {
        if (_writing is null)
            return;
        lock (_sync)
        {
            _saved = _writing;
            _published.IntersectWith(_saved.Select(pending => pending.Id));
        }

        _writing = null;
        _staged = [];
        Dispatch();
    }

    /// <summary>
    /// The reminder's turn: clears what was published and tries the rest again; when the saved state holds nothing
    /// pending, removes the reminder. The caller saves the state and then calls <see cref="Saved"/>.
    /// </summary>
    public async Task RepairAsync(CancellationToken cancellationToken = default)
    {
        _hasReminder = true;
        await WriteAsync(cancellationToken);
        if (_writing is null && _saved.Count == 0)
        {
            await _host.RemoveReminder();
            _hasReminder = false;
            return;
        }

        Dispatch();
    }

    /// <summary>Completes when the dispatcher rests: nothing is left to publish, or the last round failed.</summary>
    public Task WhenIdleAsync()
    {
        lock (_sync)
            return _dispatching;
    }

    /// <summary>Stops publishing; what is pending stays in the state.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await WhenIdleAsync();
        _stopping.Dispose();
    }

    private void Dispatch()
    {
        lock (_sync)
        {
            if (_dispatching.IsCompleted && !_stopping.IsCancellationRequested && Unpublished().Count > 0)
            {
                using (ExecutionContext.SuppressFlow())
                    _dispatching = Task.Run(DispatchLoopAsync);
            }
        }
    }

    private List<PendingEvent> Unpublished() => _saved.FindAll(pending => !_published.Contains(pending.Id));

    private async Task DispatchLoopAsync()
    {
        while (true)
        {
            List<PendingEvent> round;
            lock (_sync)
            {
                round = Unpublished();
                if (round.Count == 0 || _stopping.IsCancellationRequested)
                {
                    // Set inside the lock: a Dispatch that comes now must start a new loop.
                    _dispatching = Task.CompletedTask;
                    return;
                }
            }

            if (await PublishRoundAsync(round))
                continue;
            lock (_sync)
                _dispatching = Task.CompletedTask;
            return;
        }
    }

    /// <summary>Publishes what waits; after the first failure nothing more is begun, since the broker is probably away for all of it.</summary>
    private async Task<bool> PublishRoundAsync(List<PendingEvent> round)
    {
        Exception? failure = null;
        await Parallel.ForEachAsync(
            round.GroupBy(pending => pending.Key, StringComparer.Ordinal),
            new ParallelOptions { MaxDegreeOfParallelism = ParallelKeys },
            async (group, _) =>
            {
                if (Volatile.Read(ref failure) is null && await PublishInOrderAsync(group) is { } mishap)
                    Volatile.Write(ref failure, mishap);
            });
        if (failure is null)
            return true;

        if (!_stopping.IsCancellationRequested)
        {
            int left;
            lock (_sync)
                left = Unpublished().Count;
            _host.Logger.LogWarning(failure, "{Count} events stay pending; the reminder tries again", left);
        }

        return false;
    }

    /// <returns>Why not all of them were published, or null when they were.</returns>
    private async Task<Exception?> PublishInOrderAsync(IEnumerable<PendingEvent> events)
    {
        foreach (var pending in events)
        {
            try
            {
                using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
                deadline.CancelAfter(_options.PublishTimeout);
                await _host.Dispatch(pending, deadline.Token).WaitAsync(deadline.Token);
            }
            catch (Exception failure)
            {
                return failure;
            }

            lock (_sync)
                _published.Add(pending.Id);
        }

        return null;
    }
}
