using System.Collections.Concurrent;

namespace NexusCart.Sidecar.Actors;

/// <summary>
/// Which sidecar of the process hosts which actor. When hosts come or go, actors that change their place are drained and
/// deactivated where they were before they run anywhere else; all others run on.
/// </summary>
internal sealed class ActorPlacement : IDisposable
{
    private readonly ConcurrentDictionary<string, ActorRoute> _routes = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _changing = new(1);
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private TaskCompletionSource _changed = NewSource();

    public ActorPlacement(TimeProvider time, ILogger logger)
    {
        _time = time;
        _logger = logger;
    }

    /// <summary>Raised after a change, once per type concerned: whether the type has a host now. One at a time.</summary>
    public event Action<string, bool>? Settled;

    /// <summary>Whether any type was ever hosted.</summary>
    public bool HasTypes => !_routes.IsEmpty;

    /// <summary>The route of a type, or null when nobody ever hosted it.</summary>
    public ActorRoute? Find(string type) => _routes.GetValueOrDefault(type);

    /// <summary>Waits for a host of the type; null when none came in time.</summary>
    public async ValueTask<ActorRoute?> WaitAsync(string type, TimeSpan limit, CancellationToken cancellation)
    {
        var deadline = _time.GetUtcNow() + limit;
        while (true)
        {
            var changed = Volatile.Read(ref _changed).Task;
            if (Find(type) is { Hosts.IsEmpty: false } route)
                return route;
            var left = deadline - _time.GetUtcNow();
            if (left <= TimeSpan.Zero)
                return null;
            try
            {
                await changed.WaitAsync(left, _time, cancellation);
            }
            catch (TimeoutException)
            {
                return null;
            }
        }
    }

    /// <summary>Adds a host; returns when the actors it takes over have left their former hosts.</summary>
    public Task JoinAsync(ActorHost host) => ChangeAsync(host, joins: true);

    /// <summary>Takes a host out; returns when its actors have left it. A host that is not there is no error.</summary>
    public Task LeaveAsync(ActorHost host) => ChangeAsync(host, joins: false);

    public void Dispose() => _changing.Dispose();

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task ChangeAsync(ActorHost host, bool joins)
    {
        await _changing.WaitAsync();
        try
        {
            var settled = NewSource();
            var moves = new List<Task>();
            foreach (var type in host.Types)
            {
                if (Find(type) is { } before && before.Hosts.Contains(host) == joins)
                    continue;
                moves.AddRange(Publish(type, host, joins, settled.Task));
            }

            // Publishing comes before looking for actors to move: a call either sees the new route or its actor is found here.
            Interlocked.Exchange(ref _changed, NewSource()).SetResult();
            await Task.WhenAll(moves);
            settled.SetResult();
            foreach (var type in host.Types)
                Settled?.Invoke(type, Find(type) is { Hosts.IsEmpty: false });
        }
        finally
        {
            _changing.Release();
        }
    }

    private IEnumerable<Task> Publish(string type, ActorHost host, bool joins, Task settled)
    {
        var before = Find(type)?.Hosts ?? [];
        var after = joins ? before.Add(host) : before.Remove(host);
        if (joins && before.FirstOrDefault(other => other.Options.AppId != host.Options.AppId) is { } other)
        {
            _logger.LogWarning(
                "Actor type {ActorType} is hosted by {AppId} and by {OtherAppId}: each has actors and state of its own under the same ids",
                type, host.Options.AppId, other.Options.AppId);
        }

        var route = new ActorRoute(after, before, settled);
        _routes[type] = route;
        return before.Select(former => former.ReleaseAsync(type, id => !ReferenceEquals(route.OwnerOf(id), former)));
    }
}
