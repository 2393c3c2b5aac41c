using NexusCart.Sidecar.Api;
using NexusCart.Sidecar.Scheduling;

namespace NexusCart.Sidecar.Actors;

/// <summary>
/// The timers of all actors of the process, in memory: they end with their actor's activation. Ticks of one timer never overlap,
/// keep to the rhythm of the first, and are made up for when late.
/// </summary>
internal sealed class ActorTimers : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Type, string Id), Dictionary<string, ActorTimer>> _timers = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly DeadlineQueue<ActorTimer> _queue;
    private readonly ActorRouter _router;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public ActorTimers(ActorRouter router, TimeProvider time, ILogger logger)
    {
        _router = router;
        _time = time;
        _logger = logger;
        _queue = new DeadlineQueue<ActorTimer>(time, timer => _ = Task.Run(() => FireAsync(timer)));
    }

    /// <summary>Starts a timer, in place of one of the same name.</summary>
    /// <exception cref="DaprApiException">A time cannot be read, or it is over before it begins.</exception>
    public void Create(ActorTimerRequest request)
    {
        var timer = ActorTimer.Create(request, _time.GetUtcNow());
        lock (_gate)
        {
            if (!_timers.TryGetValue((request.Type, request.Id), out var named))
                _timers[(request.Type, request.Id)] = named = new Dictionary<string, ActorTimer>(StringComparer.Ordinal);
            if (named.Remove(request.Name, out var replaced))
                Stop(replaced);
            named[request.Name] = timer;
            if (timer.IsOver)
                Delete(request.Type, request.Id, request.Name);
            else
                _queue.Set(timer, timer.Next);
        }
    }

    /// <summary>How many timers the actors of a type have.</summary>
    public int CountOf(string type)
    {
        lock (_gate)
            return _timers.Where(actor => actor.Key.Type == type).Sum(actor => actor.Value.Count);
    }

    /// <summary>Ends a timer; an absent one is no error.</summary>
    public void Delete(string type, string id, string name)
    {
        lock (_gate)
        {
            if (!_timers.TryGetValue((type, id), out var named) || !named.Remove(name, out var timer))
                return;
            Stop(timer);
            if (named.Count == 0)
                _timers.Remove((type, id));
        }
    }

    /// <summary>Ends all timers of an actor.</summary>
    public void DeleteAll(string type, string id)
    {
        lock (_gate)
        {
            if (!_timers.Remove((type, id), out var named))
                return;
            foreach (var timer in named.Values)
                Stop(timer);
        }
    }

    /// <summary>Ends all timers of a type that nobody hosts any more.</summary>
    public void DeleteAll(string type)
    {
        lock (_gate)
        {
            foreach (var actor in _timers.Keys.Where(key => key.Type == type).ToList())
                DeleteAll(actor.Type, actor.Id);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _queue.Dispose();
    }

    private async Task FireAsync(ActorTimer timer)
    {
        var cancelled = false;
        try
        {
            var request = timer.Request;
            var outcome = await _router.CallBackAsync(request.Type, request.Id, "timer", request.Name, timer.Body, _stopping.Token);
            cancelled = outcome == CallbackOutcome.CancelRequested;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e)
        {
            // A failed tick counts like any other.
            _logger.LogWarning("Timer {Timer} of actor {ActorType}/{ActorId} failed: {Error}",
                timer.Request.Name, timer.Request.Type, timer.Request.Id, e.Message);
        }

        lock (_gate)
        {
            if (timer.Stopped)
                return;
            if (!cancelled && timer.Advance())
                _queue.Set(timer, timer.Next);
            else
                Delete(timer.Request.Type, timer.Request.Id, timer.Request.Name);
        }
    }

    private void Stop(ActorTimer timer)
    {
        timer.Stopped = true;
        _queue.Remove(timer);
    }
}
