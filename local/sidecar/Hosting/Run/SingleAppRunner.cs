using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Hosting.Run;

/// <summary>Runs one sidecar and, when there is a command, its app: when one of them ends, both do.</summary>
internal sealed class SingleAppRunner(AppRun run, string dataFolder, RunConsole console, TimeProvider time)
{
    private static readonly TimeSpan LastAnswer = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs until stopped.</summary>
    /// <param name="stop">Cancelled: stop gently.</param>
    /// <param name="kill">Cancelled: stop at once.</param>
    /// <returns>The exit code of the program.</returns>
    public async Task<int> RunAsync(CancellationToken stop, CancellationToken kill)
    {
        using var logs = new RunLoggerProvider(time, (_, line) => console.Info(line));
        using var loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(logs));
        await using var cluster = new LocalCluster(dataFolder, time, loggers);
        var sidecarLog = new LineLog(file: null, line => console.Sidecar(run.AppId, line));
        var appLog = new LineLog(file: null, line => console.App(run.AppId, line));
        logs.Register(run.Sidecar, run.LogLevel, (_, line) => sidecarLog.Write(line));
        await using var app = new RunningApp(run, SidecarHost.Create(run.Sidecar, cluster), appLog, sidecarLog, register: null);
        await app.Host.StartAsync(stop);
        var exited = app.StartProcess();
        var code = await UntilSomethingEndsAsync(app, exited, stop);
        await BlockAsync(app, exited, kill);
        await app.StopAsync(kill);
        return code;
    }

    private async Task<int> UntilSomethingEndsAsync(RunningApp app, Task<int>? exited, CancellationToken stop)
    {
        var stopped = Task.Delay(Timeout.InfiniteTimeSpan, time, stop);
        Task[] ends = exited is null ? [stopped, app.Host.ShutdownRequested] : [stopped, app.Host.ShutdownRequested, exited];
        var first = await Task.WhenAny(ends);
        if (first == app.Host.ShutdownRequested && await app.Host.ShutdownRequested)
        {
            // dapr-force-shutdown: at once and with an error, as daprd does; only the answer to it has to leave.
            await app.Host.ClosePortsAsync(LastAnswer);
            Environment.Exit(1);
        }

        if (first != exited)
            return 0;
        var code = await exited!;
        if (code == 0)
            console.Success("Exited App successfully");
        else
            console.Error($"The App process exited with error code: {code}");
        return code == 0 ? 0 : 1;
    }

    // Deliveries end at once, but the API stays open for the app to finish what it has begun. An app that ends or is no longer healthy
    // has nothing to finish.
    private async Task BlockAsync(RunningApp app, Task<int>? exited, CancellationToken kill)
    {
        if (run.Sidecar.BlockShutdown is not { } block || exited is { IsCompleted: true })
            return;
        await app.Host.DrainAsync(kill);
        console.Info($"deliveries have ended; the API stays open for {GoDuration.Format(block)}");
        using var over = CancellationTokenSource.CreateLinkedTokenSource(kill);
        var timeIsUp = Task.Delay(block, time, over.Token);
        var unhealthy = app.Host.WatchUntilUnhealthyAsync(over.Token);
        var first = await Task.WhenAny(timeIsUp, unhealthy, exited ?? timeIsUp);
        if (first == unhealthy && unhealthy.IsCompletedSuccessfully)
            console.Info("the app is no longer healthy; the shutdown goes on");
        await over.CancelAsync();
    }
}
