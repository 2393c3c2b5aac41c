using NexusCart.Sidecar.Api;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Metadata;
using NexusCart.Sidecar.Resiliency;
using NexusCart.Sidecar.Resources;
using NexusCart.Sidecar.Scheduling;
using NexusCart.Sidecar.State;
using Rt = Dapr.Client.Autogen.Grpc.v1;
using RuntimeStatus = Dapr.Client.Autogen.Grpc.v1.ActorRuntime.Types.ActorRuntimeStatus;

namespace NexusCart.Sidecar.Actors;

/// <summary>The actors building block of one sidecar.</summary>
/// <remarks>
/// Deliberate differences from daprd, for docs/dapr-compatibility.md; off in strict mode unless said otherwise:
/// a caller that goes away, or a timeout of a resiliency policy, does not end the turn, so that no two turns ever overlap;
/// numbers in actor state keep all their digits;
/// a reminder or timer whose actor answers <c>X-DaprReminderCancel</c> ends;
/// a reminder for an app that cannot be reached waits without losing attempts.
/// In strict mode too: the failure policy of a reminder set over HTTP counts; a reminder with a period of zero and no count
/// fires once instead of without pause; timers end with their actor's activation; while no healthy app hosts a type, calls fail
/// after five seconds with a clear error instead of hanging; a reentrant call that is too deep leaves the actor usable; the
/// sidecar's API token does not travel to the app.
/// </remarks>
public sealed class ActorRuntime : IAppLifecycle, IMetadataContributor
{
    private readonly Hosting.Sidecar _sidecar;
    private readonly IResiliencyPolicies _policies;
    private readonly ILogger _logger;
    private readonly ActorCluster _cluster;
    private readonly ActorState _state;
    private readonly ActorAppClient _app;
    private ActorAppConfig _config = ActorAppConfig.None;
    private ActorHost? _host;
    private TaskCompletionSource _registered = NewSource();
    private volatile bool _stopped;

    /// <param name="sidecar">The sidecar.</param>
    /// <param name="configuration">Its switches.</param>
    /// <param name="policies">Its resiliency policies.</param>
    /// <param name="logger">Where it logs.</param>
    public ActorRuntime(
        Hosting.Sidecar sidecar, RuntimeConfiguration configuration, IResiliencyPolicies policies, ILogger<ActorRuntime> logger)
    {
        _sidecar = sidecar;
        _policies = policies;
        _logger = logger;
        _cluster = ActorCluster.Of(sidecar.Cluster, sidecar.Options.Namespace);
        _state = new ActorState(sidecar, configuration, policies);
        _app = new ActorAppClient(sidecar.App, sidecar.Options.Strict);
        sidecar.Metrics?.BeforeReading(CountTimers);
    }

    private bool IsDisabled => !_sidecar.Options.PlacementEnabled;

    /// <summary>Calls a method of an actor, wherever it lives.</summary>
    /// <exception cref="DaprApiException">It cannot be called, or the app did not answer 200.</exception>
    public ValueTask<ActorReply> InvokeAsync(ActorCall call, CancellationToken cancellation)
    {
        RequireRunning();
        var policy = _policies.ActorCall(call.Type, call.Id);
        return policy.IsEmpty ? _cluster.Router.InvokeAsync(call, _sidecar.Options, cancellation) : InvokeAsync(call, policy, cancellation);
    }

    /// <summary>Reads one key of an actor's state; null when it is absent.</summary>
    public async ValueTask<StateEntry?> GetStateAsync(string type, string id, string key, CancellationToken cancellation)
    {
        RequireApplicable(type);
        await WaitForRegistrationAsync(cancellation);
        return await _state.GetAsync(type, id, key, cancellation);
    }

    /// <summary>Writes an actor's state, all or nothing. The actor must be active here.</summary>
    public async ValueTask TransactStateAsync(
        string type, string id, IReadOnlyList<ActorStateOperation> operations, CancellationToken cancellation)
    {
        RequireApplicable(type);
        await WaitForRegistrationAsync(cancellation);
        if (!_state.HasStore)
            throw ActorErrors.NoStateStore();
        if (_host?.Find(type)?.IsActive(id) != true)
            throw ActorErrors.InstanceMissing();
        await _state.TransactAsync(type, id, operations, cancellation);
    }

    /// <summary>Starts a timer of an actor of a hosted type.</summary>
    public async ValueTask CreateTimerAsync(ActorTimerRequest request, CancellationToken cancellation)
    {
        RequireApplicable(request.Type);
        RequireName(request.Name);
        await WaitForRegistrationAsync(cancellation);
        if (_host?.Find(request.Type) is null)
            throw ActorErrors.TimerCreate($"can't create timer for actor {request.Type}||{request.Id}: actor type not registered");
        _cluster.Timers.Create(request);
    }

    /// <summary>Ends a timer; an absent one is no error.</summary>
    public void DeleteTimer(string type, string id, string name)
    {
        RequireApplicable(type);
        _cluster.Timers.Delete(type, id, name);
    }

    /// <summary>Stores a reminder of an actor of a hosted type; returns when it is durable.</summary>
    public async Task CreateReminderAsync(ActorReminderRequest request, CancellationToken cancellation)
    {
        RequireApplicable(request.Type);
        RequireName(request.Name);
        await (await RemindersOfAsync(request.Type, cancellation)).CreateAsync(request);
    }

    /// <summary>A reminder.</summary>
    public async Task<JobDefinition> GetReminderAsync(string type, string id, string name, CancellationToken cancellation)
    {
        RequireApplicable(type);
        return await (await RemindersOfAsync(type, cancellation)).FindAsync(type, id, name) ?? throw ActorErrors.ReminderNotFound(name);
    }

    /// <summary>Deletes a reminder; an absent one is no error.</summary>
    public async Task DeleteReminderAsync(string type, string id, string name, CancellationToken cancellation)
    {
        RequireApplicable(type);
        await (await RemindersOfAsync(type, cancellation)).DeleteAsync(type, id, name);
    }

    /// <summary>The reminders of an actor, or of all of a type when <paramref name="id"/> is null.</summary>
    public async Task<IReadOnlyList<JobDefinition>> ListRemindersAsync(string type, string? id, CancellationToken cancellation)
    {
        RequireApplicable(type);
        return await (await RemindersOfAsync(type, cancellation)).ListAsync(type, id);
    }

    /// <summary>Deletes the reminders of an actor, or of all of a type when <paramref name="id"/> is null.</summary>
    public async Task DeleteRemindersAsync(string type, string? id, CancellationToken cancellation)
    {
        RequireApplicable(type);
        await (await RemindersOfAsync(type, cancellation)).DeleteAllAsync(type, id);
    }

    /// <inheritdoc/>
    public async Task OnAppReadyAsync(CancellationToken cancellation)
    {
        try
        {
            if (_sidecar.App.Exists)
                _config = await _app.GetConfigAsync(_sidecar.Options, _logger, cancellation);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or FormatException)
        {
            _logger.LogWarning("No actors: {Error}", (e is HttpRequestException failure ? ProtocolHint.For(_sidecar.Options, failure) : null) ?? e.Message);
        }

        await RegisterAsync();
    }

    /// <inheritdoc/>
    public async Task OnAppHealthChangedAsync(bool healthy, CancellationToken cancellation)
    {
        if (healthy)
            await RegisterAsync();
        else
            await UnregisterAsync(appIsDead: true);
    }

    /// <inheritdoc/>
    public async Task OnStoppingAsync(CancellationToken cancellation)
    {
        var left = UnregisterAsync(appIsDead: false);
        try
        {
            await left.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            // What is left of it would reach an app that is already ending.
            _host?.AppDied();
            _logger.LogWarning("Some actors were still busy or not yet deactivated when the sidecar had to stop");
        }

        _stopped = true;
    }

    /// <inheritdoc/>
    public void Contribute(Rt.GetMetadataResponse metadata)
    {
        if (IsDisabled)
            return;
        if (!Volatile.Read(ref _registered).Task.IsCompleted)
        {
            metadata.ActorRuntime = new Rt.ActorRuntime { RuntimeStatus = RuntimeStatus.Initializing };
            return;
        }

        metadata.ActorRuntime = new Rt.ActorRuntime { RuntimeStatus = RuntimeStatus.Running, HostReady = true, Placement = "placement: connected" };
        foreach (var type in _host?.TypeHosts ?? [])
            metadata.ActorRuntime.ActiveActors.Add(new Rt.ActiveActorsCount { Type = type.Name, Count = type.Count });
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static void RequireName(string name)
    {
        if (ActorNames.FaultOf(name) is { } fault)
            throw ActorErrors.Invalid(fault);
    }

    private async ValueTask<ActorReply> InvokeAsync(ActorCall call, ResiliencyPolicy policy, CancellationToken cancellation)
    {
        try
        {
            return await policy.RunAsync(token => _cluster.Router.InvokeAsync(call, _sidecar.Options, token), cancellation);
        }
        catch (CircuitOpenException e)
        {
            throw ActorErrors.Invoke(e.Message);
        }
    }

    private void CountTimers()
    {
        foreach (var type in _host?.Types ?? [])
            _sidecar.Metrics?.Actors.Timers(type, _cluster.Timers.CountOf(type));
    }

    private async Task RegisterAsync()
    {
        if (_config.Types.Count > 0 && !_stopped)
        {
            var host = new ActorHost(_sidecar, _config, _policies, activation => _cluster.Timers.DeleteAll(activation.Type.Name, activation.Id), _logger);
            _host = host;
            await _cluster.Placement.JoinAsync(host);
            _logger.LogInformation("Hosting actor types {ActorTypes}", string.Join(", ", host.Types.Order(StringComparer.Ordinal)));
        }

        _registered.TrySetResult();
    }

    private async Task UnregisterAsync(bool appIsDead)
    {
        if (_host is not { } host)
            return;
        if (appIsDead)
        {
            host.AppDied();
            Volatile.Write(ref _registered, NewSource());
        }

        await _cluster.Placement.LeaveAsync(host);
        _host = null;
        host.Dispose();
    }

    private async ValueTask<ActorReminders> RemindersOfAsync(string type, CancellationToken cancellation)
    {
        await WaitForRegistrationAsync(cancellation);
        if (!_sidecar.Options.SchedulerEnabled)
            throw ActorErrors.ReminderCreate("reminder scheduler is not configured");
        return _host?.Find(type) is null ? throw ActorErrors.NotHosted() : _cluster.Reminders;
    }

    // An app that calls while it starts is waited for; daprd waits without end.
    private ValueTask WaitForRegistrationAsync(CancellationToken cancellation)
    {
        var registered = Volatile.Read(ref _registered).Task;
        return registered.IsCompleted || !_sidecar.App.Exists ? ValueTask.CompletedTask : new ValueTask(WaitAsync());

        async Task WaitAsync()
        {
            try
            {
                await registered.WaitAsync(ActorRouter.HostWait, _sidecar.Cluster.Time, cancellation);
            }
            catch (TimeoutException)
            {
                // Then the type counts as not hosted here, and the caller is told so.
            }
        }
    }

    private void RequireApplicable(string type)
    {
        if (ActorNames.IsReserved(type))
            throw ActorErrors.Reserved(type);
        RequireRunning();
    }

    private void RequireRunning()
    {
        if (IsDisabled)
            throw ActorErrors.NoPlacement();
        if (_stopped)
            throw ActorErrors.RuntimeClosed();
    }
}
