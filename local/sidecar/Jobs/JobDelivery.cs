using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Invocation;
using NexusCart.Sidecar.Scheduling;

namespace NexusCart.Sidecar.Jobs;

/// <summary>
/// Hands due jobs to the app. They wait while it is unhealthy or gone; with several instances of one app id each run goes to one of
/// them.
/// </summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the container.")]
internal sealed class JobDelivery : IAppLifecycle, IDisposable
{
    private readonly Hosting.Sidecar _sidecar;
    private readonly IJobSender _sender;
    private readonly JobInstances? _instances;
    private readonly CancellationTokenSource _cut = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running = 1;

    public JobDelivery(Hosting.Sidecar sidecar, IAppChannel app, ILogger<JobDelivery> logger)
    {
        _sidecar = sidecar;
        _sender = sidecar.Options.AppProtocol is AppProtocol.Grpc or AppProtocol.Grpcs
            ? new GrpcJobSender(app, logger)
            : new HttpJobSender(app, logger);
        if (sidecar.Options is { SchedulerEnabled: true, AppPort: not null })
            _instances = JobInstances.Of(sidecar.Cluster, JobService.GroupOf(sidecar.Options));
    }

    /// <inheritdoc/>
    public Task OnAppReadyAsync(CancellationToken cancellation)
    {
        _instances?.Join(this);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task OnAppHealthChangedAsync(bool healthy, CancellationToken cancellation)
    {
        if (healthy)
            _instances?.Join(this);
        else
            _instances?.Leave(this);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task OnStoppingAsync(CancellationToken cancellation)
    {
        _instances?.Leave(this);
        Release();
        try
        {
            await _idle.Task.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            // What the app still holds is run again after the next start.
            await _cut.CancelAsync();
        }
    }

    /// <summary>Runs one job in this instance of the app.</summary>
    public async Task<JobResult> RunAsync(JobDefinition definition, CancellationToken cancellation)
    {
        if (!TryHold())
            return JobResult.Undeliverable;
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _cut.Token);
        var started = Stopwatch.GetTimestamp();
        var result = JobResult.Failed;
        try
        {
            return result = await _sender.SendAsync(JobService.Read(definition), linked.Token);
        }
        catch (AppUnreachableException)
        {
            // daprd counts an attempt against an app that is down, and so loses jobs while it restarts.
            return _sidecar.Options.Strict ? JobResult.Failed : JobResult.Undeliverable;
        }
        catch (OperationCanceledException) when (linked.IsCancellationRequested)
        {
            return JobResult.Undeliverable;
        }
        finally
        {
            _sidecar.Metrics?.Components.Jobs.Triggered(result is JobResult.Succeeded, started);
            Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _cut.Dispose();

    // One hold is the delivery's own until it stops; the last one to let go ends the wait.
    private bool TryHold()
    {
        int seen;
        do
        {
            seen = Volatile.Read(ref _running);
            if (seen == 0)
                return false;
        }
        while (Interlocked.CompareExchange(ref _running, seen + 1, seen) != seen);
        return true;
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _running) == 0)
            _idle.TrySetResult();
    }
}
