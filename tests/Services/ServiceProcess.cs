using System.Collections.Concurrent;
using System.Diagnostics;
using NexusCart.Sidecar.Testing;
using NexusCart.Tests.Services.Payments;

namespace NexusCart.Tests.Services;

/// <summary>A service of the shop in a process of its own, beside its sidecar.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private const int KeptLines = 100;

    private readonly ConcurrentQueue<string> _output = new();
    private readonly Process _process;

    private ServiceProcess(Process process) => _process = process;

    /// <summary>The last lines it wrote.</summary>
    public string Output => string.Join(Environment.NewLine, _output);

    /// <summary>Starts the program of <c>services/&lt;area&gt;</c>.</summary>
    public static ServiceProcess Start(AppSidecar sidecar, string area, string assembly, params ReadOnlySpan<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Repository.Program($"services/{area}", assembly)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        foreach (var (name, value) in sidecar.Environment)
            start.Environment[name] = value;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var started = new ServiceProcess(Process.Start(start)!);
        started._process.OutputDataReceived += (_, line) => started.Keep(line.Data);
        started._process.ErrorDataReceived += (_, line) => started.Keep(line.Data);
        started._process.BeginOutputReadLine();
        started._process.BeginErrorReadLine();
        return started;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        _output.Enqueue(line);
        while (_output.Count > KeptLines)
            _output.TryDequeue(out _);
    }
}
