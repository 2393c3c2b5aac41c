using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Tests.Sidecar.Infrastructure;

/// <summary>
/// A place for sidecars and apps inside a test: a scratch folder with resources and data, one cluster, free ports; everything
/// ends with it, in the right order.
/// <code>
/// await using var bed = new SidecarBed();
/// bed.Resource("state.yaml", SidecarBed.Component("statestore", "state.in-memory"));
/// var app = await bed.StartAppAsync(app => app.MapPost("/orders", ...));
/// var sidecar = await bed.StartSidecarAsync("orders", app);
/// </code>
/// </summary>
public sealed class SidecarBed : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _running = [];
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ComponentTypes? _types;
    private LocalCluster? _cluster;

    /// <param name="time">The clock of the sidecars; the system's when null.</param>
    /// <param name="loggers">Where they log; nowhere when null. <see cref="TestLog"/> writes to the test's output.</param>
    /// <param name="types">The component types the sidecars know; the product's when null.</param>
    public SidecarBed(TimeProvider? time = null, ILoggerFactory? loggers = null, ComponentTypes? types = null)
    {
        _types = types;
        _time = time ?? TimeProvider.System;
        _loggers = loggers ?? NullLoggerFactory.Instance;
        Folder = Directory.CreateTempSubdirectory("sidecar-").FullName;
        Directory.CreateDirectory(ResourcesFolder);
    }

    /// <summary>The scratch folder.</summary>
    public string Folder { get; }

    /// <summary>Its part with the resource files.</summary>
    public string ResourcesFolder => Path.Combine(Folder, "resources");

    /// <summary>What the sidecars share.</summary>
    public LocalCluster Cluster => _cluster ??= new LocalCluster(Path.Combine(Folder, "data"), _time, _loggers);

    /// <summary>The YAML of a component.</summary>
    public static string Component(string name, string type, params (string Name, string Value)[] metadata) =>
        $"""
         apiVersion: dapr.io/v1alpha1
         kind: Component
         metadata:
           name: {name}
         spec:
           type: {type}
           version: v1
           metadata: [{string.Join(", ", metadata.Select(item => $"{{ name: {item.Name}, value: \"{item.Value}\" }}"))}]

         """;

    /// <summary>Writes a resource file; later sidecars load it.</summary>
    public void Resource(string file, params string[] documents) =>
        File.WriteAllText(Path.Combine(ResourcesFolder, file), string.Join("\n---\n", documents));

    /// <summary>Writes a configuration file and returns its path.</summary>
    public string Configuration(string spec)
    {
        var path = Path.Combine(Folder, $"config-{Guid.NewGuid():N}.yaml");
        File.WriteAllText(path, "apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: { name: config }\nspec:\n" + Indent(spec));
        return path;
    }

    /// <summary>Starts an app; it ends with the bed.</summary>
    public async Task<TestApp> StartAppAsync(
        Action<WebApplication> configure, Action<IServiceCollection>? services = null, AppProtocol protocol = AppProtocol.Http, int port = 0)
    {
        var app = await TestApp.StartAsync(configure, services, protocol, port);
        _running.Add(app);
        return app;
    }

    /// <summary>Starts a sidecar and, when it has an app, waits until that is ready; it ends with the bed.</summary>
    /// <param name="appId">The app id.</param>
    /// <param name="app">Its app, or null for a sidecar alone.</param>
    /// <param name="change">Changes further settings.</param>
    /// <param name="waitForApp">False to return as soon as the API answers.</param>
    public async Task<TestSidecar> StartSidecarAsync(
        string appId, TestApp? app = null, Func<SidecarOptions, SidecarOptions>? change = null, bool waitForApp = true)
    {
        var options = new SidecarOptions
        {
            AppId = appId,
            AppPort = app?.Port,
            AppProtocol = app?.Protocol ?? AppProtocol.Http,
            HttpPort = 0,
            GrpcPort = 0,
            ResourcePaths = [ResourcesFolder],
            GracefulShutdown = TimeSpan.FromSeconds(2),
        };
        var host = SidecarHost.Create(change?.Invoke(options) ?? options, Cluster, _types);
        var sidecar = new TestSidecar(host);
        _running.Add(sidecar);
        await host.StartAsync();
        if (waitForApp)
            await sidecar.AppReadyAsync();
        return sidecar;
    }

    /// <summary>
    /// Stops everything and closes the files, and makes a fresh cluster over the same data for what is started next: a restart.
    /// </summary>
    public async Task RestartAsync()
    {
        await StopAllAsync();
        _ = Cluster;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAllAsync();
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (IOException)
        {
            // A file still open elsewhere stays behind in the temporary folder.
        }
    }

    private async Task StopAllAsync()
    {
        for (var i = _running.Count - 1; i >= 0; i--)
            await _running[i].DisposeAsync();
        _running.Clear();
        if (_cluster is not null)
            await _cluster.DisposeAsync();
        _cluster = null;
    }

    private static string Indent(string text) => string.Join('\n', text.Split('\n').Select(line => "  " + line));
}
