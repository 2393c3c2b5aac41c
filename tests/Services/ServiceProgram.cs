using System.Collections.Concurrent;
using System.Diagnostics;
using NexusCart.Sidecar.Testing;
using NexusCart.Tests.Services.Payments;

namespace NexusCart.Tests.Services;

/// <summary>A service's program in a process of its own, beside the sidecar of a fixture. It can be killed and started again.</summary>
/// <param name="service">Its folder: "services/carts".</param>
/// <param name="assembly">Its assembly: "NexusCart.Carts.dll".</param>
public sealed class ServiceProgram(string service, string assembly) : IAsyncDisposable
{
    private const int KeptLines = 400;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly ConcurrentQueue<string> _output = new();
    private Process? _process;

    /// <summary>The last lines it wrote.</summary>
    public string Output => string.Join(Environment.NewLine, _output);

    /// <summary>Copies components of the embedded profile into a folder of the test's.</summary>
    /// <param name="folder">The test's folder.</param>
    /// <param name="edit">Changes a file's text; given its name.</param>
    /// <param name="names">The files.</param>
    /// <returns>The folder of the components.</returns>
    public static async Task<string> CopyComponentsAsync(string folder, Func<string, string, string> edit, params IEnumerable<string> names)
    {
        var components = Directory.CreateDirectory(Path.Combine(folder, "components")).FullName;
        foreach (var name in names)
        {
            var yaml = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "components", "embedded", name));
            yaml = yaml.Replace("components/secrets.json", Path.Combine(Repository.Root, "components", "secrets.json"), StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(components, name), edit(name, yaml));
        }

        return components;
    }

    /// <summary>Starts it and waits until it takes calls.</summary>
    /// <param name="sidecar">Its sidecar.</param>
    /// <param name="isUp">Whether it takes calls.</param>
    /// <param name="settings">More for its environment.</param>
    public async Task StartAsync(AppSidecar sidecar, Func<Task<bool>> isUp, params IEnumerable<(string Name, string Value)> settings)
    {
        var start = new ProcessStartInfo("dotnet", [Repository.Program(service, assembly)]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        foreach (var (name, value) in sidecar.Environment)
            start.Environment[name] = value;
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await EventuallyAsync($"{service} takes calls", isUp);
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (_process is not { HasExited: false } process)
            return;
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
    }

    /// <summary>Waits for a condition.</summary>
    /// <exception cref="TimeoutException">It does not hold in time; the message has what the program wrote.</exception>
    public async Task EventuallyAsync(string what, Func<Task<bool>> holds)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(started) > Limit)
                throw new TimeoutException($"Not seen: {what}.{Environment.NewLine}{Output}");
            await Task.Delay(20);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await KillAsync();

    private void Keep(string? line)
    {
        if (line is null)
            return;
        _output.Enqueue(line);
        while (_output.Count > KeptLines)
            _output.TryDequeue(out _);
    }
}
