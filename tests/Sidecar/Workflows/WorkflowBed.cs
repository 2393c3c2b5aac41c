using Dapr.Workflow;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NexusCart.Sidecar.Hosting;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.Workflows;

/// <summary>A sidecar with a durable actor state store, and apps that run workflows on it through the stand-in.</summary>
internal sealed class WorkflowBed : IAsyncDisposable
{
    private readonly SidecarBed _bed;
    private readonly List<IHost> _apps = [];
    private readonly Dictionary<string, TestSidecar> _sidecars = [];

    private WorkflowBed(SidecarBed bed) => _bed = bed;

    public SidecarBed Bed => _bed;

    public static WorkflowBed Create(string storeType = "state.sqlite", TimeProvider? time = null)
    {
        var bed = new SidecarBed(time, TestLog.Factory(LogLevel.Warning));
        bed.Resource(
            "state.yaml",
            SidecarBed.Component("statestore", storeType, ("connectionString", "state.db"), ("actorStateStore", "true")));
        return new WorkflowBed(bed);
    }

    /// <summary>Starts a sidecar and a worker on it; the client speaks to that sidecar.</summary>
    public static async Task<(WorkflowBed Bed, DaprWorkflowClient Client)> StartAsync(Action<WorkflowRuntimeOptions> register, bool strict = false)
    {
        var bed = Create();
        await bed.StartSidecarAsync(strict: strict);
        return (bed, await bed.StartWorkerAsync(register));
    }

    /// <summary>Has workers connect to a sidecar that was started otherwise.</summary>
    public void Use(string appId, TestSidecar sidecar) => _sidecars[appId] = sidecar;

    public async Task<TestSidecar> StartSidecarAsync(string appId = "orders", bool strict = false, int maxBodySize = 4 << 20)
    {
        var sidecar = await _bed.StartSidecarAsync(appId, change: options => options with { Strict = strict, MaxBodySize = maxBodySize });
        return _sidecars[appId] = sidecar;
    }

    /// <summary>Starts an app with a worker and returns its client.</summary>
    public async Task<DaprWorkflowClient> StartWorkerAsync(Action<WorkflowRuntimeOptions> register, string appId = "orders") =>
        (await StartAppAsync(register, appId)).Services.GetRequiredService<DaprWorkflowClient>();

    /// <summary>Starts an app with a worker.</summary>
    public async Task<IHost> StartAppAsync(Action<WorkflowRuntimeOptions> register, string appId = "orders")
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection([new("DAPR_GRPC_ENDPOINT", _sidecars[appId].GrpcEndpoint)]);
        builder.Services.AddLogging(logging => logging.AddProvider(new TestLog()).SetMinimumLevel(LogLevel.Warning));
        builder.Services.AddDaprWorkflow(register);
        var app = builder.Build();
        await app.StartAsync();
        _apps.Add(app);
        return app;
    }

    public async Task StopAppAsync(IHost app)
    {
        _apps.Remove(app);
        await app.StopAsync();
        app.Dispose();
    }

    /// <summary>Connects a worker written by hand.</summary>
    public RawWorker Connect(string appId = "orders") => new(_sidecars[appId].Grpc);

    /// <summary>Ends workers and sidecars; what is started next finds the same data.</summary>
    public async Task RestartAsync()
    {
        await StopAppsAsync();
        _sidecars.Clear();
        await _bed.RestartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAppsAsync();
        await _bed.DisposeAsync();
    }

    private async Task StopAppsAsync()
    {
        foreach (var app in _apps)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
            await app.StopAsync(limit.Token);
            app.Dispose();
        }

        _apps.Clear();
    }
}
