using Microsoft.Extensions.Time.Testing;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Testing.Events;
using NexusCart.Sidecar.Testing.Faults;

namespace NexusCart.Sidecar.Testing;

/// <summary>
/// A running sidecar for a test, with nothing to install and no port to choose.
/// <code>
/// await using var dapr = await SidecarFixture.StartAsync();
/// var builder = WebApplication.CreateBuilder();
/// builder.UseSidecar(dapr.App);
/// </code>
/// </summary>
public sealed class SidecarFixture : IAsyncDisposable
{
    private readonly SidecarFixtureOptions _options;
    private readonly string _folder = Directory.CreateTempSubdirectory("sidecar-fixture-").FullName;
    private readonly IReadOnlyList<string> _resources;
    private readonly List<AppSidecar> _apps = [];
    private readonly FakeTimeProvider? _fakeTime;
    private LocalCluster _cluster;

    private SidecarFixture(SidecarFixtureOptions options)
    {
        _options = options;
        _resources = FixtureResources.Write(options, Path.Combine(_folder, "resources"));
        _fakeTime = options.FakeTime ? new FakeTimeProvider(TimeProvider.System.GetUtcNow()) : null;
        Events = new CapturedEvents();
        Faults = new FaultPlan(Clock);
        _cluster = NewCluster();
    }

    /// <summary>The first app's sidecar.</summary>
    public AppSidecar App => _apps[0];

    /// <summary>Every event that was published, through any sidecar of this fixture.</summary>
    public CapturedEvents Events { get; }

    /// <summary>What is to go wrong.</summary>
    public FaultPlan Faults { get; }

    /// <summary>The sidecars' clock, for the test to advance.</summary>
    /// <exception cref="InvalidOperationException"><see cref="SidecarFixtureOptions.FakeTime"/> is off.</exception>
    public FakeTimeProvider Time => _fakeTime ?? throw new InvalidOperationException("The clock is the system's: set FakeTime to move it.");

    private TimeProvider Clock => _fakeTime ?? TimeProvider.System;

    /// <summary>Starts a sidecar. Its API answers when this returns; the app may start before or after.</summary>
    /// <param name="configure">Changes the settings.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Resources.ResourceException">A component cannot be loaded; the message names it.</exception>
    public static async Task<SidecarFixture> StartAsync(Action<SidecarFixtureOptions>? configure = null, CancellationToken cancellation = default)
    {
        var options = new SidecarFixtureOptions();
        configure?.Invoke(options);
        var fixture = new SidecarFixture(options);
        try
        {
            await fixture.AddAppAsync(options.AppId, options.AppProtocol, cancellation);
            return fixture;
        }
        catch
        {
            await fixture.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a sidecar for another app, or for another instance of one; all of them find each other.</summary>
    public async Task<AppSidecar> AddAppAsync(string appId, AppProtocol protocol = AppProtocol.Http, CancellationToken cancellation = default)
    {
        var app = new AppSidecar(new SidecarOptions
        {
            AppId = appId,
            AppPort = FreePorts.Next(),
            AppProtocol = protocol,
            HttpPort = FreePorts.Next(),
            GrpcPort = FreePorts.Next(),
            ResourcePaths = _resources,
            ConfigPaths = _options.ConfigurationPath is { } path ? [path] : [],
            GracefulShutdown = TimeSpan.FromSeconds(2),
            Strict = _options.Strict,
            EnableAppHealthCheck = _options.AppHealthCheckPath is not null,
            AppHealthCheckPath = _options.AppHealthCheckPath ?? "/healthz",
            AppHealthProbeInterval = TimeSpan.FromSeconds(1),
            AppHealthThreshold = _options.AppHealthThreshold,
        });
        _apps.Add(app);
        await app.StartAsync(_cluster, ComponentTypes(), cancellation);
        return app;
    }

    /// <summary>
    /// Stops every sidecar and starts it anew on the same ports: what was in memory is gone, what is durable is there. Captured events
    /// and planned faults stay.
    /// </summary>
    public async Task RestartAsync(CancellationToken cancellation = default)
    {
        await StopAsync();
        _cluster = NewCluster();
        foreach (var app in _apps)
            await app.StartAsync(_cluster, ComponentTypes(), cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // A file still open elsewhere stays behind in the temporary folder.
        }
    }

    private async Task StopAsync()
    {
        for (var i = _apps.Count - 1; i >= 0; i--)
            await _apps[i].StopAsync();
        await _cluster.DisposeAsync();
    }

    private LocalCluster NewCluster() => new(_options.DataPath ?? Path.Combine(_folder, "data"), Clock, _options.Loggers);

    private ComponentTypes ComponentTypes() =>
        SidecarHost.DefaultComponentTypes().Wrap((component, spec) => FaultyComponents.Wrap(component, spec.Name, Faults, Events));
}
