using System.Collections.Frozen;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Metrics;
using NexusCart.Sidecar.Resiliency;
using NexusCart.Sidecar.Tracing;

namespace NexusCart.Sidecar.Actors;

/// <summary>The actors that live in one app instance, behind its sidecar.</summary>
internal sealed class ActorHost : IDisposable
{
    // A deactivation calls the app; moving many actors must not take all its streams.
    private const int DeactivationsAtOnce = 32;

    private static readonly TimeSpan DeactivationTimeout = TimeSpan.FromSeconds(5);

    private readonly FrozenDictionary<string, ActorTypeHost> _types;
    private readonly Action<ActorActivation> _onDeactivated;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private volatile bool _appIsDead;

    /// <param name="sidecar">The app's sidecar.</param>
    /// <param name="config">What the app hosts.</param>
    /// <param name="policies">The sidecar's resiliency policies.</param>
    /// <param name="onDeactivated">Called when an actor left, before it may be activated again.</param>
    /// <param name="logger">Where failures to deactivate go.</param>
    public ActorHost(
        Hosting.Sidecar sidecar, ActorAppConfig config, IResiliencyPolicies policies, Action<ActorActivation> onDeactivated, ILogger logger)
    {
        Options = sidecar.Options;
        App = new ActorAppClient(sidecar.App, sidecar.Options.Strict);
        Key = $"{Options.AppId}/{Options.AppChannelAddress}:{Options.AppPort}";
        Policies = policies;
        Metrics = sidecar.Metrics?.Actors;
        Tracing = sidecar.Tracing;
        _onDeactivated = onDeactivated;
        _time = sidecar.Cluster.Time;
        _logger = logger;
        _types = config.Types.ToFrozenDictionary(
            entry => entry.Key,
            entry => new ActorTypeHost(entry.Key, entry.Value, this, _time, DeactivateAsync) { PendingCalls = Metrics?.Pending(entry.Key) },
            StringComparer.Ordinal);
    }

    /// <summary>Settings of the sidecar in front of the app.</summary>
    public SidecarOptions Options { get; }

    /// <summary>The way to the actors in the app.</summary>
    public ActorAppClient App { get; }

    /// <summary>The resiliency policies of the sidecar in front of the app.</summary>
    public IResiliencyPolicies Policies { get; }

    /// <summary>What is measured of its actors; null for nothing.</summary>
    public ActorMetrics? Metrics { get; }

    /// <summary>The traces that pass its sidecar.</summary>
    public SidecarTracing Tracing { get; }

    /// <summary>Tells this host from all others, and is the same after a restart: placement hashes it.</summary>
    public string Key { get; }

    /// <summary>The hosted types.</summary>
    public IEnumerable<string> Types => _types.Keys;

    /// <summary>The hosted types with their active actors.</summary>
    public IEnumerable<ActorTypeHost> TypeHosts => _types.Values;

    /// <summary>The actors of a type, or null when it is not hosted here.</summary>
    public ActorTypeHost? Find(string type) => _types.GetValueOrDefault(type);

    /// <summary>
    /// Lets actors go: who waits for them is sent on, calls under way may end within the type's drain timeout, then the app is told.
    /// </summary>
    /// <param name="type">The type in question.</param>
    /// <param name="leaves">Which ids leave.</param>
    public async Task ReleaseAsync(string type, Func<string, bool> leaves)
    {
        if (Find(type) is not { } host)
            return;
        var leaving = host.Active.Where(activation => leaves(activation.Id));
        await Parallel.ForEachAsync(
            leaving,
            new ParallelOptions { MaxDegreeOfParallelism = DeactivationsAtOnce },
            async (activation, _) => await ReleaseAsync(activation));
    }

    /// <summary>The app cannot be called any more: actors leave without a word to it.</summary>
    public void AppDied() => _appIsDead = true;

    public void Dispose()
    {
        foreach (var type in _types.Values)
            type.Dispose();
    }

    private async Task ReleaseAsync(ActorActivation activation)
    {
        var isFirst = activation.Turns.TryClose(out var drained);
        if (_appIsDead)
            activation.CutOff();
        try
        {
            await drained.WaitAsync(activation.Type.Options.DrainTimeout, _time);
        }
        catch (TimeoutException)
        {
            activation.CutOff();
            await drained;
        }

        if (isFirst)
            Metrics?.Rebalanced(activation.Type.Name);
        if (isFirst)
            await DeactivateAsync(activation);
        else
            await activation.Gone;
    }

    private async Task DeactivateAsync(ActorActivation activation)
    {
        activation.SetLeaving();
        try
        {
            if (activation.WasCalled && !_appIsDead)
            {
                using var limit = new CancellationTokenSource(DeactivationTimeout, _time);
                await App.DeactivateAsync(activation, limit.Token);
                Metrics?.Deactivated(activation.Type.Name, success: true);
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            Metrics?.Deactivated(activation.Type.Name, success: false);
            _logger.LogWarning("Could not deactivate actor {ActorType}/{ActorId}: {Error}", activation.Type.Name, activation.Id, e.Message);
        }
        finally
        {
            _onDeactivated(activation);
            activation.Type.Remove(activation);
        }
    }
}
