using System.Collections.Concurrent;
using NexusCart.Sidecar.Scheduling;
using Prometheus;

namespace NexusCart.Sidecar.Actors;

/// <summary>The active actors of one type on one host.</summary>
internal sealed class ActorTypeHost : IDisposable
{
    // An app that asks for less would have its actors come and go within a call.
    private static readonly TimeSpan ShortestIdleTimeout = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, ActorActivation> _active = new(StringComparer.Ordinal);
    private readonly DeadlineQueue<ActorActivation> _idle;
    private readonly TimeSpan _idleTimeout;
    private readonly TimeProvider _time;
    private readonly Func<ActorActivation, Task> _deactivate;

    /// <param name="name">The actor type.</param>
    /// <param name="options">How its actors are kept.</param>
    /// <param name="host">Where it is hosted.</param>
    /// <param name="time">The clock.</param>
    /// <param name="deactivate">Tells the app and ends the activation; its turns are closed by then.</param>
    public ActorTypeHost(string name, ActorTypeOptions options, ActorHost host, TimeProvider time, Func<ActorActivation, Task> deactivate)
    {
        Name = name;
        Options = options;
        Host = host;
        _time = time;
        _deactivate = deactivate;
        _idleTimeout = options.IdleTimeout > ShortestIdleTimeout ? options.IdleTimeout : ShortestIdleTimeout;
        _idle = new DeadlineQueue<ActorActivation>(time, OnIdle);
    }

    public string Name { get; }

    public ActorTypeOptions Options { get; }

    public ActorHost Host { get; }

    /// <summary>How many calls wait for their turn; null when nobody counts.</summary>
    public Gauge.Child? PendingCalls { get; init; }

    /// <summary>Actors active now.</summary>
    public int Count => _active.Count;

    /// <summary>Actors whose idle time is watched: as many as are active.</summary>
    internal int IdleDeadlines => _idle.Count;

    public IEnumerable<ActorActivation> Active => _active.Values;

    /// <summary>Whether the actor is active; one that drains still is, one the app is told to deactivate no more.</summary>
    public bool IsActive(string id) => _active.TryGetValue(id, out var activation) && !activation.IsLeaving;

    /// <summary>The activation of an actor, made when there is none.</summary>
    public ActorActivation GetOrActivate(string id)
    {
        if (_active.TryGetValue(id, out var activation))
            return activation;
        var made = new ActorActivation(this, id, _time.GetUtcNow().UtcTicks);
        activation = _active.GetOrAdd(id, made);
        if (ReferenceEquals(activation, made))
            _idle.Set(made, _time.GetUtcNow() + _idleTimeout);
        else
            made.Dispose();
        return activation;
    }

    /// <summary>Forgets an activation whose turns are closed.</summary>
    public void Remove(ActorActivation activation)
    {
        _idle.Remove(activation);
        _active.TryRemove(KeyValuePair.Create(activation.Id, activation));
        activation.Dispose();
    }

    public void Dispose() => _idle.Dispose();

    private void OnIdle(ActorActivation activation)
    {
        // A call only notes the time; the deadline moves when it comes round.
        var due = new DateTimeOffset(activation.LastUsed, TimeSpan.Zero) + _idleTimeout;
        var now = _time.GetUtcNow();
        if (due > now)
            _idle.Set(activation, due);
        else if (activation.Turns.TryCloseIdle())
            _ = _deactivate(activation);
        else if (!activation.Turns.IsClosed)
            _idle.Set(activation, now + _idleTimeout);
    }
}
