using System.Collections.Concurrent;
using System.Diagnostics;
using NexusCart.Sidecar.Hosting;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.Chaos.Blocks;

/// <summary>One sidecar in a process of its own beside an app, on components that keep what they acknowledge; killed and started again on the same data.</summary>
internal sealed class VictimSidecar : IAsyncDisposable
{
    private const string Policies = """
        apiVersion: dapr.io/v1alpha1
        kind: Resiliency
        metadata: { name: victim }
        spec:
          policies:
            retries:
              deliver: { policy: constant, duration: 50ms, maxRetries: -1 }
          targets:
            components:
              pubsub:
                inbound: { retry: deliver }
        """;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);
    private readonly string _folder = Directory.CreateTempSubdirectory("nexuscart-victim").FullName;
    private readonly int _httpPort = FreePorts.Next();
    private readonly int _grpcPort = FreePorts.Next();
    private readonly ConcurrentQueue<string> _output = new();
    private Process? _process;

    // Tests that share a server keep out of each other's keys.
    private readonly string _appId = $"victim-{Guid.NewGuid():N}";

    private readonly string[] _moreArguments;

    public VictimSidecar(Backend backend, params string[] moreArguments)
    {
        _moreArguments = moreArguments;
        var resources = Directory.CreateDirectory(Path.Combine(_folder, "resources")).FullName;
        File.WriteAllText(Path.Combine(resources, "components.yaml"), backend.Components);
        File.WriteAllText(Path.Combine(resources, "resiliency.yaml"), Policies);
    }

    /// <summary>Where the app must listen.</summary>
    public int AppPort { get; } = FreePorts.Next();

    /// <summary>Address of the HTTP API.</summary>
    public string HttpEndpoint => $"http://127.0.0.1:{_httpPort}";

    /// <summary>Address of the gRPC API.</summary>
    public string GrpcEndpoint => $"http://127.0.0.1:{_grpcPort}";

    /// <summary>What it printed in all its lives.</summary>
    public string Output => string.Join(Environment.NewLine, _output.TakeLast(100));

    /// <summary>Starts it and waits until it says that it is healthy.</summary>
    public async Task StartAsync()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                RepoPaths.Sidecar, "sidecar", "--app-id", _appId, "--app-port", $"{AppPort}", "--app-protocol", "h2c",
                "--dapr-http-port", $"{_httpPort}", "--dapr-grpc-port", $"{_grpcPort}", "--resources-path", Path.Combine(_folder, "resources"),
                "--data-dir", Path.Combine(_folder, "data"), "--log-level", "warn", "--strict", "--enable-metrics=false",
            },
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in _moreArguments)
            start.ArgumentList.Add(argument);
        _process = Process.Start(start) ?? throw new InvalidOperationException("The sidecar did not start.");
        _process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await WaitUntilHealthyAsync(_process);
    }

    /// <summary>kill -9, and a start over what it left.</summary>
    public async Task KillAndStartAgainAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        await StartAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task WaitUntilHealthyAsync(Process process)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync($"{HttpEndpoint}/v1.0/healthz");
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                // Not listening yet.
            }

            if (process.HasExited)
                throw new InvalidOperationException($"The sidecar ended with code {process.ExitCode}.{Environment.NewLine}{Output}");
            if (Stopwatch.GetElapsedTime(started) > StartLimit)
                throw new TimeoutException($"The sidecar was not healthy within {StartLimit.TotalSeconds:0} s.{Environment.NewLine}{Output}");
            await Task.Delay(20);
        }
    }
}
