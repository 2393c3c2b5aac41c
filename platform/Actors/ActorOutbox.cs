using System.Runtime.InteropServices;
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
public sealed record ActorOutboxOptions(int Capacity, TimeSpan PublishTimeout, bool LatestOnly = false)
{
    /// <summary>
    /// Bytes of pending events above which <see cref="ActorOutbox.IsFull"/> holds. They are one value of the state store, of which a
    /// sidecar takes 4 MiB at most, together with the rest of the turn.
    /// </summary>
    public int CapacityBytes { get; init; } = 2_000_000;
}

/// <summary>What an actor offers its outbox.</summary>
/// <param name="State">The actor's state manager.</param>
/// <param name="Dispatch">Sends one event; throws when it is not known to have arrived.</param>
/// <param name="EnsureReminder">Makes sure that a durable reminder will call <see cref="ActorOutbox.RepairAsync"/>.</param>
/// <param name="RemoveReminder">Takes the reminder away.</param>
/// <param name="Time">The clock of deadlines and pauses.</param>
/// <param name="Logger">Where failed attempts are logged.</param>
public sealed record ActorOutboxHost(
    IActorStateManager State,
    Func<PendingEvent, CancellationToken, Task> Dispatch,
    Func<Task> EnsureReminder,
    Func<Task> RemoveReminder,
    TimeProvider Time,
    ILogger Logger);

/// <summary>
/// The pending events of an actor: written in the same state transaction as what they tell, published
/// after the turn outside the actor's lock, cleared by the next transaction the actor makes anyway. A durable
/// reminder, registered before the first pending event is saved, repairs when publishing failed or the process died.
/// </summary>
/// <remarks>
/// Events of one key leave in order, different keys in parallel. What fails is tried again after growing pauses, and
/// holds up only its own key. All members but the dispatcher inside run within the actor's turn. An event may be
/// published again after a crash; its id stays the same.
/// </remarks>
public sealed class ActorOutbox : IAsyncDisposable
{
    /// <summary>The state key of the pending events.</summary>
    public const string StateKey = "pe";

    private const int ParallelKeys = 16;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private readonly ActorOutboxHost _host;
    private readonly ActorOutboxOptions _options;
    private readonly Lock _sync = new();
    private readonly HashSet<string> _published = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Rest> _resting = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ITimer _wake;
    private List<PendingEvent> _saved = [];
    private List<PendingEvent> _staged = [];
    private List<PendingEvent>? _writing;
    private Task _dispatching = Task.CompletedTask;
    private bool _hasReminder;
    private long _waitingBytes;
    private long _stagedBytes;

    /// <param name="host">The actor's side.</param>
    /// <param name="options">Bounds.</param>
    public ActorOutbox(ActorOutboxHost host, ActorOutboxOptions options)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(options);
        _host = host;
        _options = options;
        _wake = host.Time.CreateTimer(_ => Dispatch(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>So many events wait that the actor should refuse work that would cause more.</summary>
    public bool IsFull
    {
        get
        {
            lock (_sync)
            {
                return _saved.Count - _published.Count + _staged.Count >= _options.Capacity
                    || _waitingBytes + _stagedBytes >= _options.CapacityBytes;
            }
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
            _waitingBytes = _saved.Where(pending => !_published.Contains(pending.Id)).Sum(Size);
        }

        _staged = [];
        _stagedBytes = 0;
        _writing = null;
        Dispatch();
    }

    /// <summary>Adds an event to the turn.</summary>
    public void Stage(PendingEvent pending)
    {
        _staged.Add(pending);
        _stagedBytes += Size(pending);
    }

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
            _waitingBytes = _saved.Where(pending => !_published.Contains(pending.Id)).Sum(Size);
            if (_saved.Count == 0)
                _resting.Clear();
        }

        _writing = null;
        _staged = [];
        _stagedBytes = 0;
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

        lock (_sync)
            _resting.Clear();
        Dispatch();
    }

    /// <summary>Completes when the dispatcher rests: nothing is left to publish, or what is left has failed and pauses.</summary>
    public Task WhenIdleAsync()
    {
        lock (_sync)
            return _dispatching;
    }

    /// <summary>Stops publishing; what is pending stays in the state.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _wake.DisposeAsync();
        await WhenIdleAsync();
        _stopping.Dispose();
    }

    private static long Size(PendingEvent pending) =>
        JsonMarshal.GetRawUtf8Value(pending.Data).Length + pending.Id.Length + pending.Type.Length + pending.Topic.Length + pending.Key.Length;

    private void Dispatch()
    {
        lock (_sync)
        {
            if (!_dispatching.IsCompleted || _stopping.IsCancellationRequested || Ready().Count == 0)
                return;
            using (ExecutionContext.SuppressFlow())
                _dispatching = Task.Run(DispatchLoopAsync);
        }
    }

    /// <summary>What can leave now: not published, and nothing of its key pauses.</summary>
    private List<PendingEvent> Ready()
    {
        var now = _host.Time.GetUtcNow();
        return _saved.FindAll(pending =>
            !_published.Contains(pending.Id) && !(_resting.TryGetValue(pending.Key, out var rest) && rest.Until > now));
    }

    private async Task DispatchLoopAsync()
    {
        while (true)
        {
            List<PendingEvent> round;
            lock (_sync)
            {
                round = Ready();
                if (round.Count == 0 || _stopping.IsCancellationRequested)
                {
                    // Set inside the lock: a Dispatch that comes now must start a new loop.
                    _dispatching = Task.CompletedTask;
                    return;
                }
            }

            await PublishRoundAsync(round);
        }
    }

    /// <summary>Publishes what is ready. When the first attempts all fail, the broker is probably away for the rest too.</summary>
    private async Task PublishRoundAsync(List<PendingEvent> round)
    {
        Exception? first = null;
        var failures = 0;
        var successes = 0;
        await Parallel.ForEachAsync(
            round.GroupBy(pending => pending.Key, StringComparer.Ordinal),
            new ParallelOptions { MaxDegreeOfParallelism = ParallelKeys },
            async (group, _) =>
            {
                if (Volatile.Read(ref failures) >= ParallelKeys && Volatile.Read(ref successes) == 0)
                {
                    Pause(group.Key);
                }
                else if (await PublishInOrderAsync(group) is { } failure)
                {
                    Interlocked.CompareExchange(ref first, failure, null);
                    Interlocked.Increment(ref failures);
                }
                else
                {
                    Interlocked.Increment(ref successes);
                }
            });
        if (first is not null && !_stopping.IsCancellationRequested)
            _host.Logger.LogWarning(first, "Events of {Count} aggregates stay pending and are tried again", round.DistinctBy(pending => pending.Key).Count() - successes);
    }

    /// <returns>Why not all of them were published; null when they were.</returns>
    private async Task<Exception?> PublishInOrderAsync(IGrouping<string, PendingEvent> events)
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
                Pause(events.Key);
                return failure;
            }

            lock (_sync)
            {
                if (_published.Add(pending.Id))
                    _waitingBytes -= Size(pending);
            }
        }

        lock (_sync)
            _resting.Remove(events.Key);
        return null;
    }

    private void Pause(string key)
    {
        lock (_sync)
        {
            var pause = _resting.TryGetValue(key, out var before) ? before.Pause * 2 : FirstPause;
            if (pause > LongestPause)
                pause = LongestPause;
            _resting[key] = new Rest(_host.Time.GetUtcNow() + pause, pause);
            if (!_stopping.IsCancellationRequested)
                _wake.Change(pause, Timeout.InfiniteTimeSpan);
        }
    }

    private readonly record struct Rest(DateTimeOffset Until, TimeSpan Pause);
}
