using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.State;

namespace NexusCart.Sidecar.Workflows;

/// <summary>
/// The workflow engines of a process, one per app id: all instances of an app share one, and workflows of one app reach the
/// activities and children of another through here.
/// </summary>
internal sealed class WorkflowHub : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly LocalCluster _cluster;
    private readonly Dictionary<string, Entry> _engines = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Action<WorkflowEngine>>> _waiting = new(StringComparer.Ordinal);

    internal WorkflowHub(LocalCluster cluster) => _cluster = cluster;

    /// <summary>The process's hub.</summary>
    internal static WorkflowHub Of(LocalCluster cluster) => cluster.Shared("workflows", static owner => new WorkflowHub(owner));

    /// <summary>The engine of an app, made and filled from the store when this is its first sidecar.</summary>
    /// <param name="options">The engine's settings; those of the first sidecar count.</param>
    /// <param name="store">The sidecar's actor state store.</param>
    internal WorkflowEngine Attach(WorkflowEngineOptions options, IStateStore store)
    {
        WorkflowEngine engine;
        List<Action<WorkflowEngine>>? waiting;
        lock (_gate)
        {
            if (_engines.TryGetValue(options.AppId, out var known))
            {
                known.Stores.Add(store);
                known.Engine.SetSidecars(known.Stores.Count);
                return known.Engine;
            }

            engine = new WorkflowEngine(options, store, this, _cluster.Time, _cluster.Loggers.CreateLogger("workflows"));
            _engines.Add(options.AppId, new Entry(engine, [store]));
            _waiting.Remove(options.AppId, out waiting);
        }

        engine.Start();
        waiting?.ForEach(action => action(engine));
        return engine;
    }

    /// <summary>A sidecar goes. The engine goes on with another sidecar's store, or stops with the last one.</summary>
    internal async Task DetachAsync(string appId, IStateStore store)
    {
        WorkflowEngine? last = null;
        lock (_gate)
        {
            if (!_engines.TryGetValue(appId, out var entry) || !entry.Stores.Remove(store))
                return;

            if (entry.Stores.Count > 0)
            {
                entry.Engine.UseStore(entry.Stores[0]);
                entry.Engine.SetSidecars(entry.Stores.Count);
            }
            else
            {
                _engines.Remove(appId);
                last = entry.Engine;
            }
        }

        if (last is not null)
            await last.DisposeAsync();
    }

    /// <summary>The engine of an app, or null when it runs none here.</summary>
    internal WorkflowEngine? Find(string appId)
    {
        lock (_gate)
        {
            return _engines.TryGetValue(appId, out var entry) ? entry.Engine : null;
        }
    }

    /// <summary>Does something with the engine of an app now, or as soon as the app has one.</summary>
    internal void WhenAvailable(string appId, Action<WorkflowEngine> action)
    {
        WorkflowEngine engine;
        lock (_gate)
        {
            if (!_engines.TryGetValue(appId, out var entry))
            {
                if (!_waiting.TryGetValue(appId, out var waiting))
                    _waiting.Add(appId, waiting = []);

                waiting.Add(action);
                return;
            }

            engine = entry.Engine;
        }

        action(engine);
    }

    public async ValueTask DisposeAsync()
    {
        List<WorkflowEngine> engines;
        lock (_gate)
        {
            engines = [.. _engines.Values.Select(static entry => entry.Engine)];
            _engines.Clear();
            _waiting.Clear();
        }

        foreach (var engine in engines)
        {
            await engine.DisposeAsync();
        }
    }

    private sealed record Entry(WorkflowEngine Engine, List<IStateStore> Stores);
}
