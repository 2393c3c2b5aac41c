using System.ComponentModel;
using System.Globalization;
using NexusCart.Sidecar.Metadata;

namespace NexusCart.Sidecar.Hosting.Run;

/// <summary>One app of a run with its sidecar: starts both, starts the app again if wanted, and stops both in order.</summary>
internal sealed class RunningApp : IAsyncDisposable
{
    private static readonly TimeSpan AppPatience = TimeSpan.FromSeconds(10);

    private readonly AppRun _run;
    private readonly SidecarHost _host;
    private readonly LineLog _appLog;
    private readonly LineLog _sidecarLog;
    private readonly RunRegister? _register;
    private volatile AppProcess? _process;
    private volatile bool _stopping;

    public RunningApp(AppRun run, SidecarHost host, LineLog appLog, LineLog sidecarLog, RunRegister? register)
    {
        _run = run;
        _host = host;
        _appLog = appLog;
        _sidecarLog = sidecarLog;
        _register = register;
    }

    /// <summary>What was asked for.</summary>
    public AppRun Run => _run;

    /// <summary>Its sidecar.</summary>
    public SidecarHost Host => _host;

    /// <summary>The app's process id; null when it has no process.</summary>
    public int? ProcessId => _process?.Id;

    /// <summary>The app's last lines.</summary>
    public IReadOnlyList<string> LastLines => _appLog.Last;

    /// <summary>The sidecar's last lines.</summary>
    public IReadOnlyList<string> LastSidecarLines => _sidecarLog.Last;

    /// <summary>Whether the app was told to end.</summary>
    public bool IsStopping => _stopping;

    /// <summary>Leaves with the sidecar what the Dapr CLI does.</summary>
    public void Describe(RunFile file)
    {
        var metadata = _host.Sidecar.Services.GetRequiredService<MetadataService>();
        metadata.Set("cliPID", Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        metadata.Set("runTemplatePath", file.Path);
        metadata.Set("runTemplateName", file.Name ?? "");
        metadata.Set("appLogPath", _appLog.Path);
        metadata.Set("daprdLogPath", _sidecarLog.Path);
        metadata.Set("appCommand", string.Join(' ', _run.Command));
    }

    /// <summary>Starts the app's process; nothing when the file gives no command.</summary>
    /// <returns>Ends with the process; the result is its exit code.</returns>
    /// <exception cref="Win32Exception">It cannot be started.</exception>
    public Task<int>? StartProcess()
    {
        if (_run.Command.Count == 0)
            return null;
        var process = AppProcess.Start(_run.Command, _run.Folder, _run.Variables(), _appLog.Write);
        _process?.Dispose();
        _process = process;
        _register?.Add(_run.Instance, new ProcessIdentity(process.Id, process.StartTime));
        _host.Sidecar.Services.GetRequiredService<MetadataService>().Set("appPID", process.Id.ToString(CultureInfo.InvariantCulture));
        return process.Exited;
    }

    /// <summary>Ends the deliveries, then the app, then the sidecar.</summary>
    /// <param name="now">Cancelled: no more patience.</param>
    /// <returns>False when the app had to be killed.</returns>
    public async Task<bool> StopAsync(CancellationToken now)
    {
        _stopping = true;
        using var drain = CancellationTokenSource.CreateLinkedTokenSource(now);
        drain.CancelAfter(_host.Options.GracefulShutdown);
        await _host.DrainAsync(drain.Token);
        var gentle = _process is null || await _process.StopAsync(AppPatience, now);
        await _host.StopAsync(now);
        return gentle;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        if (_process is { Exited.IsCompleted: false } process)
        {
            process.Kill();
            await process.Exited;
        }

        await _host.DisposeAsync();
        _process?.Dispose();
        _appLog.Dispose();
        _sidecarLog.Dispose();
    }
}
