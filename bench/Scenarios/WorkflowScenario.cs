using Dapr.Workflow;
using Grpc.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NexusCart.Bench.Load;

namespace NexusCart.Bench.Scenarios;

/// <summary>
/// Durable workflows of activities that do nothing, one after the other, from the start to the known end: what the engine itself costs.
/// The worker and the clients live in the bench, the engine in a sidecar process of its own on a durable store.
/// </summary>
public sealed class WorkflowScenario : IAsyncDisposable
{
    private const double AimPerSecond = 4_000;
    private const string AppId = "bench";
    private const string Steps = "steps";
    private const string Step = "step";
    private const string Waits = "waits";
    private const string Go = "go";

    private readonly BenchSidecar _sidecar;
    private readonly IHost _worker;
    private readonly DaprWorkflowClient _client;
    private readonly string _run = Guid.CreateVersion7().ToString("N")[..12];

    private WorkflowScenario(BenchSidecar sidecar, IHost worker)
    {
        _sidecar = sidecar;
        _worker = worker;
        _client = worker.Services.GetRequiredService<DaprWorkflowClient>();
    }

    /// <summary>The sidecar's process id, for a profiler.</summary>
    public int SidecarProcessId => _sidecar.ProcessId;

    /// <summary>Starts sidecar and worker.</summary>
    public static async Task<WorkflowScenario> StartAsync(CancellationToken cancellation)
    {
        var sidecar = await BenchSidecar.StartAsync([new BenchApp(AppId)], cancellation: cancellation);
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection([new("DAPR_GRPC_ENDPOINT", sidecar.Grpc(AppId).ToString())]);
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.Services.AddDaprWorkflow(static options =>
        {
            options.RegisterWorkflow<int, int>(Steps, static async (context, count) =>
            {
                var sum = 0;
                for (var i = 0; i < count; i++)
                    sum += await context.CallActivityAsync<int>(Step, i);
                return sum;
            });
            options.RegisterWorkflow<int, string>(Waits, static (context, _) => context.WaitForExternalEventAsync<string>(Go));
            options.RegisterActivity<int, int>(Step, static (_, number) => Task.FromResult(number));
        });
        var worker = builder.Build();
        await worker.StartAsync(cancellation);
        return new WorkflowScenario(sidecar, worker);
    }

    /// <summary>Saturates the engine, then offers half of the aim, or of what it could do where that is less.</summary>
    /// <param name="activities">Activities of each workflow.</param>
    /// <param name="inFlight">Workflows under way in the first run.</param>
    /// <param name="count">Workflows of each of the two runs.</param>
    /// <param name="cancellation">Ends the run early.</param>
    public async Task<IReadOnlyList<LoadResult>> RunAsync(int activities, int inFlight, int count, CancellationToken cancellation)
    {
        var name = $"workflow of {activities} {(activities == 1 ? "activity" : "activities")}";
        await WarmUp.SettleAsync(round => CpuMeter.MeasureAsync(_sidecar, app: null, () =>
            OpenLoop.SaturateAsync("warm-up", inFlight, WarmUp.Round, OneAsync($"w{round}-"), cancellation)));
        var full = await CpuMeter.MeasureAsync(_sidecar, app: null, () =>
            OpenLoop.SaturateAsync($"{name}, {inFlight} in flight", inFlight, count, OneAsync("f"), cancellation));
        var half = await CpuMeter.MeasureAsync(_sidecar, app: null, () =>
            OpenLoop.RunAsync($"{name}, half of the aim", Math.Min(AimPerSecond, full.DonePerSecond) / 2, count, OneAsync("h"), cancellation));
        return [full, half];

        Func<int, CancellationToken, Task<bool>> OneAsync(string phase) => async (index, stop) =>
        {
            try
            {
                var id = $"{_run}-{activities}-{inFlight}-{phase}{index}";
                await _client.ScheduleNewWorkflowAsync(Steps, id, activities);
                var state = await _client.WaitForWorkflowCompletionAsync(id, cancellation: stop);
                return state.RuntimeStatus == WorkflowRuntimeStatus.Completed && state.ReadOutputAs<int>() == activities * (activities - 1) / 2;
            }
            catch (RpcException)
            {
                return false;
            }
        };
    }

    /// <summary>Starts workflows that wait for an event, and says what they cost in memory; then sends some of them theirs.</summary>
    /// <param name="count">How many wait.</param>
    /// <param name="inFlight">Starts, and later events, under way at once.</param>
    /// <param name="cancellation">Ends the run early.</param>
    /// <returns>Whether all that got their event ended.</returns>
    public async Task<bool> PendAsync(int count, int inFlight, CancellationToken cancellation)
    {
        var before = _sidecar.ResidentBytes;
        var started = await OpenLoop.SaturateAsync("starts", inFlight, count, async (index, _) =>
        {
            await _client.ScheduleNewWorkflowAsync(Waits, Id(index), index);
            return true;
        }, cancellation);
        await Task.Delay(TimeSpan.FromSeconds(5), cancellation);
        Console.WriteLine($"{count} waiting workflows, started at {started.DonePerSecond:0}/s: the sidecar holds {Megabytes(before)} MB before, {Megabytes(_sidecar.ResidentBytes)} MB after");

        var woken = await OpenLoop.SaturateAsync("events", inFlight, count / 10, async (index, stop) =>
        {
            await _client.RaiseEventAsync(Id(index * 10), Go, "done", stop);
            return (await _client.WaitForWorkflowCompletionAsync(Id(index * 10), cancellation: stop)).ReadOutputAs<string>() == "done";
        }, cancellation);
        Console.WriteLine($"{woken.Done} of them sent their event at {woken.DonePerSecond:0}/s, p99 {woken.P99:0} ms: {Megabytes(_sidecar.ResidentBytes)} MB");
        return woken.Failed == 0;

        string Id(int index) => $"{_run}-p{index}";
        static long Megabytes(long bytes) => bytes >> 20;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _worker.StopAsync(limit.Token);
        _worker.Dispose();
        await _sidecar.DisposeAsync();
    }
}
