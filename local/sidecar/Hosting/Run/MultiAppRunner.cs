using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Hosting.Run;

/// <summary>What happens when an app ends although nobody stopped it.</summary>
internal enum OnExit
{
    /// <summary>It is said; everything else goes on.</summary>
    Report,

    /// <summary>Everything is stopped.</summary>
    Stop,

    /// <summary>The app is started again.</summary>
    Restart,
}

/// <summary>How a run is made.</summary>
internal sealed record RunSettings(string DataFolder, BuildMode Build, OnExit OnExit);

/// <summary>
/// Runs all apps of a run file with their sidecars: checks, builds, starts everything in parallel, says when each and when all are up,
/// watches, and stops in order.
/// </summary>
internal sealed class MultiAppRunner(RunFile file, RunSettings settings, RunConsole console, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan SlowStart = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FirstRestartDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestRestartDelay = TimeSpan.FromSeconds(10);

    private readonly long _started = time.GetTimestamp();
    private readonly List<RunningApp> _apps = [];
    private readonly CancellationTokenSource _stopRequested = new();
    private volatile bool _somethingFailed;

    /// <summary>Runs until stopped.</summary>
    /// <param name="stop">Cancelled: stop gently.</param>
    /// <param name="kill">Cancelled: stop at once.</param>
    /// <returns>The exit code of the program.</returns>
    public async Task<int> RunAsync(CancellationToken stop, CancellationToken kill)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(stop, _stopRequested.Token);
        foreach (var warning in file.Warnings)
            console.Warning(warning);
        RunRegister register;
        try
        {
            register = await RunRegister.TakeOverAsync(settings.DataFolder, time, console.Warning, linked.Token);
        }
        catch (OperationCanceledException)
        {
            return 1;
        }
        catch (ResourceException e)
        {
            console.Error(e.Message);
            return 1;
        }

        if (!await PrepareAsync(linked.Token))
        {
            register.Close();
            return 1;
        }

        using var logs = new RunLoggerProvider(time, (level, line) => Report(level, line));
        using var loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(logs));
        await using var cluster = new LocalCluster(settings.DataFolder, time, loggers);
        try
        {
            if (await StartAsync(cluster, logs, register, linked.Token))
                await WatchAsync(linked.Token);
            else
                _somethingFailed = true;
        }
        finally
        {
            await StopAsync(kill);
            register.Close();
        }

        return _somethingFailed ? 1 : 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _stopRequested.Dispose();

    private async Task<bool> PrepareAsync(CancellationToken cancellation)
    {
        var faults = Preflight.Check(file.Apps);
        foreach (var fault in faults)
            console.Error(fault);
        if (faults.Count > 0)
            return false;
        if (!await BuildAsync(cancellation))
            return false;
        foreach (var app in Preflight.WithoutProgram(file.Apps))
            console.Error($"{app.AppId}: its program '{Preflight.ProgramFile(app)}' does not exist");
        return Preflight.WithoutProgram(file.Apps).Count == 0;
    }

    private async Task<bool> BuildAsync(CancellationToken cancellation)
    {
        var build = new SolutionBuild(
            file.Folder, Path.Combine(Path.GetDirectoryName(settings.DataFolder)!, "build.stamp"), [.. file.Apps.Select(app => app.Folder)]);
        if (build.Solution is null || settings.Build == BuildMode.Never)
            return true;
        if (settings.Build != BuildMode.Always && !build.IsNeeded(file.Apps.Select(Preflight.ProgramFile).OfType<string>()))
            return true;
        console.Info($"building {Path.GetFileName(build.Solution)} …");
        var began = time.GetTimestamp();
        try
        {
            if (!await build.RunAsync(console.Info, cancellation))
            {
                console.Error("the build failed");
                return false;
            }
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        console.Success($"built in {Seconds(time.GetElapsedTime(began))}");
        return true;
    }

    private async Task<bool> StartAsync(LocalCluster cluster, RunLoggerProvider logs, RunRegister register, CancellationToken cancellation)
    {
        try
        {
            foreach (var run in file.Apps)
                _apps.Add(Create(run, cluster, logs, register));
            await Task.WhenAll(_apps.Select(app => Task.Run(() => StartOneAsync(app, cancellation), cancellation)));
            return true;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception e) when (e is ResourceException or IOException or Win32Exception)
        {
            console.Error(e.Message);
            return false;
        }
    }

    private RunningApp Create(AppRun run, LocalCluster cluster, RunLoggerProvider logs, RunRegister register)
    {
        var now = time.GetUtcNow();
        var appLog = new LineLog(
            run.AppLog.HasFlag(LogDestination.File) && run.Command.Count > 0 ? LogFile.Open(run.Folder, run.Instance, "app", now) : null,
            run.AppLog.HasFlag(LogDestination.Console) ? line => console.App(run.Instance, line) : null,
            $"== APP - {run.Instance} == ");
        var sidecarLog = new LineLog(
            run.SidecarLog.HasFlag(LogDestination.File) ? LogFile.Open(run.Folder, run.Instance, "daprd", now) : null, console: null);
        logs.Register(run.Sidecar, run.LogLevel, (level, line) =>
        {
            sidecarLog.Write(line);
            if (run.SidecarLog.HasFlag(LogDestination.Console) || level >= LogLevel.Warning)
                console.Sidecar(run.Instance, line);
        });
        return new RunningApp(run, SidecarHost.Create(run.Sidecar, cluster), appLog, sidecarLog, register);
    }

    private async Task StartOneAsync(RunningApp app, CancellationToken cancellation)
    {
        app.Describe(file);
        // An app with a port is awaited by its sidecar, so both may start at once; one without has to find the sidecar's ports open.
        if (app.Run.Sidecar.AppPort is null)
        {
            await app.Host.StartAsync(cancellation);
            Watch(app, app.StartProcess(), cancellation);
            return;
        }

        Watch(app, app.StartProcess(), cancellation);
        await app.Host.StartAsync(cancellation);
    }

    private void Watch(RunningApp app, Task<int>? exited, CancellationToken cancellation)
    {
        _ = WatchShutdownAsync(app, cancellation);
        if (exited is not null)
            _ = WatchProcessAsync(app, exited, cancellation);
    }

    private async Task WatchProcessAsync(RunningApp app, Task<int> exited, CancellationToken cancellation)
    {
        var delay = FirstRestartDelay;
        while (true)
        {
            var began = time.GetTimestamp();
            var code = await exited;
            if (app.IsStopping || cancellation.IsCancellationRequested)
                return;
            ReportExit(app, code);
            if (app.Run.IsTask && code == 0)
                return;
            if (settings.OnExit == OnExit.Stop)
                await _stopRequested.CancelAsync();
            if (settings.OnExit != OnExit.Restart)
            {
                _somethingFailed |= code != 0;
                return;
            }

            // An app that ends again and again must not keep the machine busy.
            delay = time.GetElapsedTime(began) > LongestRestartDelay ? FirstRestartDelay : TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, LongestRestartDelay.Ticks));
            if (await StartAgainAsync(app, delay, cancellation) is not { } again)
                return;
            exited = again;
        }
    }

    private async Task<Task<int>?> StartAgainAsync(RunningApp app, TimeSpan delay, CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(delay, time, cancellation);
            var exited = app.StartProcess();
            console.Info($"{app.Run.Instance} was started again (process {app.ProcessId})");
            return exited;
        }
        catch (Win32Exception e)
        {
            console.Error($"{app.Run.Instance} could not be started again: {e.Message}");
            _somethingFailed = true;
            return null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private void ReportExit(RunningApp app, int code)
    {
        if (code == 0 && app.Run.IsTask)
            console.Success($"{app.Run.Instance} has done its work");
        else if (code == 0)
            console.Warning($"{app.Run.Instance} has ended (exit code 0)");
        else
            console.Error($"{app.Run.Instance} has ended with exit code {code}; its last lines:");
        foreach (var line in code == 0 ? [] : app.LastLines)
            console.Info("    " + line);
    }

    private async Task WatchShutdownAsync(RunningApp app, CancellationToken cancellation)
    {
        try
        {
            await app.Host.ShutdownRequested.WaitAsync(cancellation);
            console.Info($"{app.Run.Instance}: its sidecar was asked to shut down");
            await app.StopAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            // The run ends first.
        }
    }

    private async Task WatchAsync(CancellationToken cancellation)
    {
        try
        {
            await Task.WhenAll(_apps.Select(app => AwaitReadyAsync(app, cancellation)));
            var summary = new RunSummary(_apps, time.GetElapsedTime(_started));
            foreach (var line in summary.Lines())
                console.Info(line);
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private async Task AwaitReadyAsync(RunningApp app, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await app.Host.AppReady.WaitAsync(SlowStart, time, cancellation);
                break;
            }
            catch (OperationCanceledException) when (app.IsStopping)
            {
                return;
            }
            catch (TimeoutException)
            {
                console.Error($"{app.Run.Instance} is not ready after {Seconds(time.GetElapsedTime(_started))}; its last lines:");
                foreach (var line in app.LastLines.Concat(app.LastSidecarLines))
                    console.Info("    " + line);
            }
        }

        if (!app.Run.IsTask)
            console.Success($"{app.Run.Instance} is ready after {Seconds(time.GetElapsedTime(_started))}");
    }

    private async Task StopAsync(CancellationToken kill)
    {
        if (_apps.Count == 0)
            return;
        console.Info("stopping; once more Ctrl+C stops at once …");
        var began = Stopwatch.GetTimestamp();
        var gentle = await Task.WhenAll(_apps.Select(app => StopOneAsync(app, kill)));
        foreach (var app in _apps)
            await app.DisposeAsync();
        foreach (var app in _apps.Where((_, index) => !gentle[index]))
            console.Warning($"{app.Run.Instance} did not end by itself and was killed");
        console.Info($"stopped after {Seconds(Stopwatch.GetElapsedTime(began))}");
    }

    private async Task<bool> StopOneAsync(RunningApp app, CancellationToken kill)
    {
        try
        {
            return await app.StopAsync(kill);
        }
        catch (Exception e)
        {
            // One that cannot be stopped in order must not keep the others from it.
            console.Error($"{app.Run.Instance} did not stop cleanly: {e.Message}");
            return true;
        }
    }

    private void Report(LogLevel level, string line)
    {
        if (level >= LogLevel.Error)
            console.Error(line);
        else
            console.Warning(line);
    }

    private static string Seconds(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s");
}
