using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Hosting.Reload;
using NexusCart.Sidecar.Invocation;
using NexusCart.Sidecar.Metrics;
using NexusCart.Sidecar.Middleware;
using NexusCart.Sidecar.Resources;
using NexusCart.Sidecar.Tracing;

namespace NexusCart.Sidecar.Hosting;

/// <summary>
/// Runs the sidecar of one app: loads its components, opens its HTTP and gRPC ports, waits for the app, and ends in reverse order.
/// </summary>
public sealed class SidecarHost : IAsyncDisposable
{
    private readonly SidecarResources _resources;
    private readonly ComponentTypes _types;
    private readonly AppChannel _channel;
    private readonly WebApplication _web;
    private readonly ILogger _logger;
    private readonly SidecarStatus _status;
    private readonly CancellationTokenSource _watching = new();
    private readonly SemaphoreSlim _stopping = new(1);
    private Task _watch = Task.CompletedTask;
    private HotReload? _reload;
    private bool _drained;
    private bool _stopped;

    private SidecarHost(SidecarOptions options, LocalCluster cluster, ComponentTypes types)
    {
        options = options with
        {
            HttpPort = options.HttpPort == 0 ? FreePorts.Next() : options.HttpPort,
            GrpcPort = options.GrpcPort == 0 ? FreePorts.Next() : options.GrpcPort,
            MetricsPort = options.MetricsPort == 0 ? FreePorts.Next() : options.MetricsPort,
        };
        _types = types;
        _resources = ResourceLoader.Load(options);
        _logger = cluster.LoggersOf(options.Instance).CreateLogger("runtime");
        var metrics = SidecarMetrics.Of(options, _resources.Configuration, _logger);
        var tracing = new SidecarTracing(options, _resources.Configuration.Tracing, cluster.LoggersOf(options.Instance).CreateLogger("runtime.traces"));
        _channel = new AppChannel(options, metrics);
        Sidecar = new Sidecar(options, _resources, cluster, new ComponentRegistry(), _channel, metrics, tracing);
        _web = SidecarServer.Build(Sidecar, _channel);
        Sidecar.Services = _web.Services;
        _status = _web.Services.GetRequiredService<SidecarStatus>();
    }

    /// <summary>The running sidecar.</summary>
    public Sidecar Sidecar { get; }

    /// <summary>The settings in use, ports included.</summary>
    public SidecarOptions Options => Sidecar.Options;

    /// <summary>Ends when the app has answered and is set up; at once when there is no app.</summary>
    public Task AppReady => _web.Services.GetRequiredService<AppMonitor>().Ready;

    /// <summary>Ends when somebody asked the sidecar to stop through its API; the result says whether at once (without draining).</summary>
    public Task<bool> ShutdownRequested => _status.ShutdownRequested;

    /// <summary>The component types of the product, to add to.</summary>
    public static ComponentTypes DefaultComponentTypes() => BuildingBlocks.DefaultComponentTypes();

    /// <summary>Reads the files and prepares a sidecar.</summary>
    /// <param name="options">Its settings.</param>
    /// <param name="cluster">What it shares with others of the process.</param>
    /// <param name="types">The component types to know; the product's when null.</param>
    /// <exception cref="ResourceException">A file cannot be used.</exception>
    public static SidecarHost Create(SidecarOptions options, LocalCluster cluster, ComponentTypes? types = null) =>
        new(options, cluster, types ?? DefaultComponentTypes());

    /// <summary>
    /// Loads the components and opens the ports; from then on the API answers. The app is awaited in the background: see
    /// <see cref="AppReady"/>.
    /// </summary>
    /// <exception cref="ResourceException">A component cannot be loaded.</exception>
    /// <exception cref="IOException">A port is in use.</exception>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        var started = Sidecar.Cluster.Time.GetTimestamp();
        foreach (var warning in _resources.Warnings)
            _logger.LogWarning("resource left out: {Reason}", warning);
        var loader = new ComponentLoader(_types, Options, Sidecar.Cluster, _resources.Configuration, Sidecar.Metrics?.Loads, _logger);
        await loader.LoadAsync(_resources.Components, Sidecar.Components, cancellation);
        var pipelines = _web.Services.GetRequiredService<HttpPipelines>();
        pipelines.Resolve();
        _channel.Use(pipelines);
        await _web.StartAsync(cancellation);
        Sidecar.Cluster.Apps.Join(Sidecar);
        foreach (var lifecycle in Lifecycles())
            await lifecycle.OnSidecarReadyAsync(cancellation);
        _status.OutboundReady = true;
        if (_resources.Configuration.IsEnabled(HotReload.Feature, otherwise: true) && Options.ResourcePaths.Count > 0)
            _reload = new HotReload(Sidecar, loader, Sidecar.Cluster.LoggersOf(Options.Instance).CreateLogger("runtime.hotreload"));
        _watch = _web.Services.GetRequiredService<AppMonitor>().RunAsync(_watching.Token);
        _logger.LogInformation(
            "dapr initialized. Status: Running. Init Elapsed {Elapsed:0}ms", Sidecar.Cluster.Time.GetElapsedTime(started).TotalMilliseconds);
    }

    /// <summary>Brings components and subscriptions up to what the files say now, without waiting for the change to be noticed.</summary>
    internal Task ReloadAsync() => _reload?.ReloadAsync() ?? Task.CompletedTask;

    /// <summary>Ends the deliveries to the app (messages, triggers, turns) while the API stays open.</summary>
    /// <param name="cancellation">Cuts what is still under way.</param>
    public async Task DrainAsync(CancellationToken cancellation = default)
    {
        await _stopping.WaitAsync(CancellationToken.None);
        try
        {
            if (!_drained)
                await DrainOnceAsync(cancellation);
            _drained = true;
        }
        finally
        {
            _stopping.Release();
        }
    }

    /// <summary>After <see cref="DrainAsync"/>: ends when the app's health checks say that it is not healthy (any more), never without them.</summary>
    internal Task WatchUntilUnhealthyAsync(CancellationToken cancellation) =>
        _web.Services.GetRequiredService<AppMonitor>().WatchUntilUnhealthyAsync(cancellation);

    /// <summary>Drains, closes the ports and the components. A second call does nothing.</summary>
    /// <param name="cancellation">Cuts what is still under way.</param>
    public async Task StopAsync(CancellationToken cancellation = default)
    {
        if (_stopped)
            return;
        _stopped = true;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Options.GracefulShutdown);
        await DrainAsync(limit.Token);
        Sidecar.Cluster.Apps.Leave(Sidecar);
        await _web.StopAsync(limit.Token);
        await Sidecar.Components.DisposeAsync();
        Sidecar.Tracing.Dispose();
        _logger.LogInformation("stopped");
    }

    /// <summary>Closes the ports without draining anything.</summary>
    /// <param name="patience">How long answers under way may take to leave.</param>
    internal async Task ClosePortsAsync(TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        await _web.StopAsync(limit.Token);
    }

    /// <summary>Stops, and frees everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _web.DisposeAsync();
        _channel.Dispose();
        _watching.Dispose();
        _stopping.Dispose();
    }

    private IEnumerable<IAppLifecycle> Lifecycles() => _web.Services.GetServices<IAppLifecycle>();

    private async Task DrainOnceAsync(CancellationToken cancellation)
    {
        if (_reload is not null)
            await _reload.DisposeAsync();
        await _watching.CancelAsync();
        await _watch;
        foreach (var lifecycle in Lifecycles().Reverse())
        {
            try
            {
                await lifecycle.OnStoppingAsync(cancellation);
            }
            catch (Exception e)
            {
                // The others must stop as well, whatever this one runs into.
                _logger.LogError(e, "{Block} did not stop cleanly", lifecycle.GetType().Name);
            }
        }
    }
}
