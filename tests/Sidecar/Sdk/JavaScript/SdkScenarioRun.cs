using System.Collections.Concurrent;
using System.Diagnostics;
using NexusCart.Sidecar.Hosting;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.Sdk.JavaScript;

/// <summary>
/// One run of the program over all scenarios, beside strict sidecars of its two apps; it begins with the first outcome asked for.
/// </summary>
public sealed class SdkScenarioRun : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly SidecarBed _bed = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string>> _outcomes = new(SdkScenarios.All.Select(
        scenario => KeyValuePair.Create(scenario.Title, new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously))));

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Lazy<Task> _run;
    private Process? _program;

    public SdkScenarioRun() => _run = new Lazy<Task>(RunAsync);

    private string ConfigurationFile => Path.Combine(_bed.Folder, "configuration.json");

    /// <summary>What the program said of a scenario: "ok …" or "FAIL …" and why.</summary>
    public async Task<string> OutcomeAsync(string title)
    {
        _ = _run.Value;
        return await _outcomes[title].Task;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_run.IsValueCreated)
        {
            if (_program is { HasExited: false })
                _program.Kill(entireProcessTree: true);
            await _run.Value;
        }

        _program?.Dispose();
        await _bed.DisposeAsync();
    }

    private async Task RunAsync()
    {
        try
        {
            WriteResources();
            var (http, grpc) = (await StartAppAsync("js-http", AppProtocol.Http), await StartAppAsync("js-grpc", AppProtocol.Grpc));
            var (first, second) = (await StartToEndAsync("ends-over-http"), await StartToEndAsync("ends-over-grpc"));
            _program = Process.Start(new ProcessStartInfo("node")
            {
                WorkingDirectory = SdkScenarios.Folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                ArgumentList =
                {
                    "run.mjs", "--http", $"{http.Options.AppPort},{http.Options.HttpPort}", "--grpc", $"{grpc.Options.AppPort},{grpc.Options.GrpcPort}",
                    "--shutdown", $"{first.Options.HttpPort},{second.Options.GrpcPort}", "--configuration", ConfigurationFile,
                },
            })!;
            using var limit = new CancellationTokenSource(Limit);
            await using var overdue = limit.Token.Register(() => _program.Kill(entireProcessTree: true));
            while (await _program.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
            {
                if (line == "up")
                {
                    await Task.WhenAll(http.AppReady, grpc.AppReady).WaitAsync(limit.Token);
                    await _program.StandardInput.WriteLineAsync("go");
                    await _program.StandardInput.FlushAsync(limit.Token);
                }

                Read(line);
            }

            await _program.WaitForExitAsync(CancellationToken.None);
            GiveUp("the program ended before it");
        }
        catch (Exception e)
        {
            if (_program is { HasExited: false })
                _program.Kill(entireProcessTree: true);
            GiveUp(e.ToString());
        }
    }

    private async Task<SidecarHost> StartAppAsync(string appId, AppProtocol protocol) =>
        (await _bed.StartSidecarAsync(
            appId, change: options => options with { AppPort = FreePorts.Next(), AppProtocol = protocol, Strict = true }, waitForApp: false)).Host;

    /// <summary>A sidecar that ends when its API is told to, as the program around it has it do.</summary>
    private async Task<SidecarHost> StartToEndAsync(string appId)
    {
        var sidecar = await _bed.StartSidecarAsync(appId, change: options => options with { Strict = true });
        _ = sidecar.Host.ShutdownRequested.ContinueWith(_ => sidecar.Host.StopAsync(), TaskScheduler.Default);
        return sidecar.Host;
    }

    private void WriteResources()
    {
        File.WriteAllText(ConfigurationFile, """{ "theme": "blue", "limit": "5" }""");
        var secrets = Path.Combine(_bed.Folder, "secrets.json");
        File.WriteAllText(secrets, """{ "apiKey": "not-a-secret", "other": "nor-this" }""");
        _bed.Resource(
            "components.yaml",
            SidecarBed.Component("statestore", "state.sqlite", ("connectionString", "state.db"), ("actorStateStore", "true")),
            SidecarBed.Component("pubsub", "pubsub.in-memory"),
            SidecarBed.Component("lockstore", "lock.embedded"),
            SidecarBed.Component("configuration", "configuration.embedded", ("path", ConfigurationFile)),
            SidecarBed.Component("secretstore", "secretstores.local.file", ("secretsFile", secrets)),
            SidecarBed.Component("files", "bindings.localstorage", ("rootPath", Path.Combine(_bed.Folder, "files"))),
            SidecarBed.Component("ticks", "bindings.cron", ("schedule", "@every 1s")));
        _bed.Resource(
            "resiliency.yaml",
            """
            apiVersion: dapr.io/v1alpha1
            kind: Resiliency
            metadata: { name: scenarios }
            spec:
              policies:
                retries:
                  again: { policy: constant, duration: 50ms, maxRetries: 10 }
              targets:
                components:
                  pubsub:
                    inbound: { retry: again }
            """);
    }

    private void Read(string line)
    {
        _lines.Enqueue(line);
        if (line.Length > 5 && _outcomes.TryGetValue(line[5..].Split(" | ")[0], out var outcome))
            outcome.TrySetResult(line);
    }

    private void GiveUp(string reason)
    {
        foreach (var outcome in _outcomes.Values)
            outcome.TrySetResult($"{reason}{Environment.NewLine}{string.Join(Environment.NewLine, _lines)}");
    }
}
