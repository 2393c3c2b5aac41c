using Grpc.Core;
using NexusCart.Sidecar.Actors;
using NexusCart.Sidecar.Api;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.State;
using NexusCart.Sidecar.Tracing;

namespace NexusCart.Sidecar.Workflows;

/// <summary>A sidecar's way to the workflow engine of its app.</summary>
internal sealed class WorkflowRuntime(Hosting.Sidecar sidecar) : IAppLifecycle
{
    private const string ActorStoreSetting = "actorStateStore";

    private readonly Lock _gate = new();
    private WorkflowEngine? _engine;
    private IStateStore? _store;
    private bool _stopped;

    /// <summary>The engine; joined on first use.</summary>
    /// <exception cref="DaprApiException">No state store of the app is an actor state store, or the sidecar stops.</exception>
    internal WorkflowEngine Engine => _engine ?? Join();

    /// <summary>The traces that pass the sidecar.</summary>
    internal SidecarTracing Tracing => sidecar.Tracing;

    /// <summary>Open worker streams of the app; 0 when it runs no workflows.</summary>
    internal int ConnectedWorkers => _engine?.ConnectedWorkers ?? 0;

    /// <summary>Whether this sidecar can run workflows.</summary>
    internal bool IsAvailable => _engine is not null || (sidecar.Options.PlacementEnabled && FindStore() is not null);

    /// <inheritdoc/>
    public Task OnSidecarReadyAsync(CancellationToken cancellation)
    {
        // What was running goes on without being asked for.
        if (sidecar.Options.PlacementEnabled && FindStore() is not null)
            Join();

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task OnStoppingAsync(CancellationToken cancellation)
    {
        IStateStore? store;
        lock (_gate)
        {
            _stopped = true;
            store = _store;
            _store = null;
        }

        if (store is not null)
            await WorkflowHub.Of(sidecar.Cluster).DetachAsync(sidecar.Options.AppId, store);
    }

    private WorkflowEngine Join()
    {
        lock (_gate)
        {
            if (_stopped)
                throw Unavailable("the sidecar is stopping");

            if (_engine is not null)
                return _engine;

            // Workflows are actors on daprd: no placement, no workflows.
            if (!sidecar.Options.PlacementEnabled)
                throw ActorErrors.NoPlacement();

            _store = FindStore() ?? throw Unavailable(
                "the state store is not configured to use the actor runtime. Have you set the - name: actorStateStore value: \"true\" in your state store component file?");
            var options = sidecar.Options;
            return _engine = WorkflowHub.Of(sidecar.Cluster).Attach(
                new WorkflowEngineOptions
                {
                    AppId = options.AppId,
                    Namespace = options.Namespace,
                    MaxBodySize = options.MaxBodySize,
                    Strict = options.Strict,
                    Metrics = sidecar.Metrics?.Workflows,
                    Limits = sidecar.Resources.Configuration.Workflow ?? new(),
                },
                _store);
        }
    }

    private IStateStore? FindStore() =>
        sidecar.Components.OfKind<IStateStore>()
            .Where(static component => string.Equals(component.Spec.Find(ActorStoreSetting), "true", StringComparison.OrdinalIgnoreCase))
            .Select(static component => component.Driver)
            .FirstOrDefault();

    private static DaprApiException Unavailable(string message) =>
        new("ERR_ACTOR_RUNTIME_NOT_FOUND", message, StatusCodes.Status500InternalServerError, StatusCode.FailedPrecondition);
}
