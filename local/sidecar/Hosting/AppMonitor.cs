using System.Diagnostics;
using System.Net.Sockets;
using Grpc.Core;
using NexusCart.Sidecar.Api.Grpc;
using NexusCart.Sidecar.Invocation;
using Empty = Google.Protobuf.WellKnownTypes.Empty;
using HealthCheckResponse = Dapr.AppCallback.Autogen.Grpc.v1.HealthCheckResponse;

namespace NexusCart.Sidecar.Hosting;

/// <summary>Waits for the app to listen, watches its health when asked to, and tells the building blocks.</summary>
internal sealed class AppMonitor(
    Sidecar sidecar, AppChannel channel, IEnumerable<IAppLifecycle> lifecycles, TimeProvider time, ILogger<AppMonitor> logger)
{
    private static readonly TimeSpan PortPollInterval = TimeSpan.FromMilliseconds(50);

    // An app that is just starting is asked more often than one that runs: nobody wants to wait a whole interval for it.
    private static readonly TimeSpan FirstProbeInterval = TimeSpan.FromMilliseconds(100);

    private static readonly Method<Empty, HealthCheckResponse> GrpcHealthCheck =
        GrpcMethods.Unary<Empty, HealthCheckResponse>("dapr.proto.runtime.v1.AppCallbackHealthCheck", "HealthCheck");

    private readonly SidecarOptions _options = sidecar.Options;
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether the app has opened its port, or there is none to wait for.</summary>
    public bool IsListening => _listening.Task.IsCompletedSuccessfully;

    /// <summary>Ends when the app has answered for the first time and all building blocks have asked it what they need.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Watches until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            await WatchAsync(cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            _listening.TrySetCanceled(cancellation);
            _ready.TrySetCanceled(cancellation);
        }
        catch (Exception e)
        {
            // Nobody awaits the watch itself: what breaks it must be seen in the log and by those who wait for the app.
            logger.LogError(e, "watching the app failed");
            _listening.TrySetException(e);
            _ready.TrySetException(e);
        }
    }

    /// <summary>Watches on when <see cref="RunAsync"/> has ended, and ends when the app is not healthy (any more); never without health checks.</summary>
    public async Task WatchUntilUnhealthyAsync(CancellationToken cancellation)
    {
        if (!channel.Exists || !_options.EnableAppHealthCheck)
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation);
        if (!channel.IsHealthy)
            return;
        using var timer = new PeriodicTimer(_options.AppHealthProbeInterval, time);
        for (var failures = 0; failures < _options.AppHealthThreshold;)
        {
            await timer.WaitForNextTickAsync(cancellation);
            failures = await IsHealthyAsync(cancellation) ? 0 : failures + 1;
        }

        logger.LogInformation("the app is no longer healthy");
        channel.SetHealthy(false);
    }

    private async Task WatchAsync(CancellationToken cancellation)
    {
        if (!channel.Exists)
        {
            _listening.SetResult();
            await BecomeReadyAsync(cancellation);
            return;
        }

        logger.LogInformation("application protocol: {Protocol}. waiting on port {Port}", _options.AppProtocol, _options.AppPort);
        await WaitForPortAsync(cancellation);
        _listening.SetResult();
        logger.LogInformation("application discovered on port {Port}", _options.AppPort);
        if (!_options.EnableAppHealthCheck)
        {
            channel.SetHealthy(true);
            await BecomeReadyAsync(cancellation);
            return;
        }

        await ProbeAsync(cancellation);
    }

    private async Task WaitForPortAsync(CancellationToken cancellation)
    {
        while (!await IsPortOpenAsync(cancellation))
            await Task.Delay(PortPollInterval, cancellation);
    }

    private async Task<bool> IsPortOpenAsync(CancellationToken cancellation)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(_options.AppChannelAddress, _options.AppPort!.Value, cancellation);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task BecomeReadyAsync(CancellationToken cancellation)
    {
        foreach (var lifecycle in lifecycles)
            await CallAsync(lifecycle, l => l.OnAppReadyAsync(cancellation), cancellation);
        _ready.TrySetResult();
    }

    private async Task ProbeAsync(CancellationToken cancellation)
    {
        while (!await IsHealthyAsync(cancellation))
            await Task.Delay(FirstProbeInterval < _options.AppHealthProbeInterval ? FirstProbeInterval : _options.AppHealthProbeInterval, time, cancellation);
        await ChangeAsync(healthy: true, cancellation);

        var failures = 0;
        using var timer = new PeriodicTimer(_options.AppHealthProbeInterval, time);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            if (await IsHealthyAsync(cancellation))
            {
                failures = 0;
                if (!channel.IsHealthy)
                    await ChangeAsync(healthy: true, cancellation);
            }
            else if (++failures >= _options.AppHealthThreshold && channel.IsHealthy)
            {
                await ChangeAsync(healthy: false, cancellation);
            }
        }
    }

    private async Task ChangeAsync(bool healthy, CancellationToken cancellation)
    {
        logger.LogInformation("the app is {State}", healthy ? "healthy" : "no longer healthy");
        channel.SetHealthy(healthy);
        if (!Ready.IsCompleted)
        {
            await BecomeReadyAsync(cancellation);
            return;
        }

        foreach (var lifecycle in lifecycles)
            await CallAsync(lifecycle, l => l.OnAppHealthChangedAsync(healthy, cancellation), cancellation);
    }

    // One building block that fails to set itself up must not keep the others from it.
    private async Task CallAsync(IAppLifecycle lifecycle, Func<IAppLifecycle, Task> call, CancellationToken cancellation)
    {
        try
        {
            await call(lifecycle);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            logger.LogError(e, "{Block} failed to follow the app's state", lifecycle.GetType().Name);
        }
    }

    private async Task<bool> IsHealthyAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_options.AppHealthProbeTimeout);
        var started = Stopwatch.GetTimestamp();
        var status = StatusCodes.Status500InternalServerError;
        try
        {
            if (_options.AppProtocol is AppProtocol.Grpc or AppProtocol.Grpcs)
            {
                await channel.Grpc.AsyncUnaryCall(GrpcHealthCheck, null, new CallOptions(cancellationToken: limit.Token), new Empty());
                return true;
            }

            using var request = new HttpRequestMessage(HttpMethod.Get, _options.AppHealthCheckPath);
            using var response = await channel.ProbeAsync(request, limit.Token);
            status = (int)response.StatusCode;
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or RpcException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            logger.LogDebug("health probe failed: {Error}", e.Message);
            return false;
        }
        finally
        {
            // Those of an app that speaks gRPC are counted with its calls.
            if (_options.AppProtocol is not (AppProtocol.Grpc or AppProtocol.Grpcs))
                sidecar.Metrics?.Http.Probed(status, started);
        }
    }
}
