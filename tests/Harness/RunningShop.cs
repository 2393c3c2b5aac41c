using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using NexusCart.Cli.Shop;
using NexusCart.Tests.Servers;

namespace NexusCart.Tests.Harness;

/// <summary>
/// A whole shop in processes of its own, as the README's first command starts it: the runner with its sidecars, and every service as a
/// built program. Has a data folder of its own, survives being killed, and leaves nothing behind.
/// </summary>
public sealed class RunningShop : IAsyncDisposable
{
    private const int KeptLines = 400;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("nexuscart-shop").FullName;
    private readonly ShopRunFile _runFile;
    private ProfileBed _profile;
    private string _components = "";
    private readonly ConcurrentQueue<string> _output = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private Process? _runner;

    private RunningShop(ShopRunFile runFile, ProfileBed profile)
    {
        _runFile = runFile;
        _profile = profile;
        _runFile.SetEnvironment("payment-sandbox", "SANDBOX_DATA", Path.Combine(_folder, "sandbox"));
        _runFile.Save(RunFilePath);
        Address = new ShopAddress(
            new Uri($"http://127.0.0.1:{_runFile.Port("gateway", "PUBLIC_HTTP_PORT")}"),
            new Uri($"http://127.0.0.1:{_runFile.Port("gateway", "PUBLIC_GRPC_PORT")}"));
        Gateways = [.. _runFile.Ports("gateway", "PUBLIC_HTTP_PORT").Select(port => new Uri($"http://127.0.0.1:{port}"))];
        SandboxAddress = new Uri($"http://127.0.0.1:{_runFile.Port("payment-sandbox", "appPort")}");
        Client = new ShopClient(Address);
    }

    /// <summary>Where the gateway answers.</summary>
    public ShopAddress Address { get; }

    /// <summary>Where each instance of the gateway answers over HTTP.</summary>
    public IReadOnlyList<Uri> Gateways { get; }

    /// <summary>Where the payment sandbox answers, its control plane included.</summary>
    public Uri SandboxAddress { get; }

    /// <summary>The shop as its clients see it.</summary>
    public ShopClient Client { get; }

    /// <summary>The servers behind the components, started for this shop; none on the embedded profile.</summary>
    public IReadOnlyList<TestServer> Servers => _profile.Servers;

    /// <summary>The last lines the shop printed.</summary>
    public string Output => string.Join(Environment.NewLine, _output);

    /// <summary>Where the embedded profile puts mails.</summary>
    public string MailFolder => Path.Combine(_folder, "data", "mail");

    /// <summary>The mails so far, by whatever they go out.</summary>
    public IReadOnlyList<string> Mails =>
        [.. _profile.Mails.Mails, .. Directory.Exists(MailFolder) ? Directory.EnumerateFiles(MailFolder).Select(File.ReadAllText) : []];

    private string RunFilePath => Path.Combine(_folder, "dapr.yaml");

    /// <summary>Starts a shop and waits until every service is ready.</summary>
    /// <param name="profile">What it runs on; the embedded profile when not given.</param>
    /// <param name="runFile">Name of another run file than <c>dapr.yaml</c>, beside it.</param>
    /// <param name="twice">Apps that run in two instances.</param>
    /// <param name="cells">Cells of orders besides the founding one, running but not opened; the profile must have their stores.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<RunningShop> StartAsync(
        ShopProfile? profile = null, string runFile = "dapr.yaml", IEnumerable<string>? twice = null, IReadOnlyList<string>? cells = null,
        CancellationToken cancellation = default)
    {
        var shop = new RunningShop(
            ShopRunFile.Load(Path.Combine(RepoPaths.Root, runFile), twice ?? [], cells ?? []), new ProfileBed(profile ?? ShopProfile.Embedded));
        try
        {
            await shop._profile.StartAsync();
            shop._components = shop._profile.Write(shop._folder);
            await shop.StartAgainAsync(cancellation);
            return shop;
        }
        catch
        {
            await shop.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the shop on what its last run left behind.</summary>
    /// <exception cref="TimeoutException">It was not ready in time; the message holds its output.</exception>
    public async Task StartAgainAsync(CancellationToken cancellation = default)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                RepoPaths.Sidecar, "run", "-f", RunFilePath, "--resources-path", _components,
                "--data-dir", Path.Combine(_folder, "data"), "--no-build", "--on-exit", "restart", "--strict",
            },
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in _profile.Environment)
            start.Environment[name] = value;
        _runner = Process.Start(start) ?? throw new InvalidOperationException("The runner did not start.");
        _runner.OutputDataReceived += (_, line) => Keep(line.Data);
        _runner.ErrorDataReceived += (_, line) => Keep(line.Data);
        _runner.BeginOutputReadLine();
        _runner.BeginErrorReadLine();
        await WaitUntilReadyAsync(cancellation);
    }

    /// <summary>Stops the shop and starts it on another profile, with the data folder of before and servers of its own.</summary>
    public async Task RestartOnAsync(ShopProfile profile, CancellationToken cancellation = default)
    {
        await StopAsync();
        await _profile.DisposeAsync();
        _profile = new ProfileBed(profile);
        await _profile.StartAsync();
        _components = _profile.Write(_folder);
        await StartAgainAsync(cancellation);
    }

    /// <summary>Ends the shop as Ctrl+C does and waits for its end.</summary>
    public async Task StopAsync()
    {
        if (_runner is not { HasExited: false } runner)
            return;
        await SignalAsync("TERM", runner.Id);
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            await runner.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The shop did not stop within {StopLimit.TotalSeconds:0} s.{Environment.NewLine}{Output}");
        }
    }

    /// <summary>kill -9 of the runner: every sidecar is gone at once, and the apps are orphans.</summary>
    public async Task KillSidecarsAsync()
    {
        await SignalAsync("KILL", _runner!.Id);
        await _runner.WaitForExitAsync();
    }

    /// <summary>kill -9 of one app; the runner starts it again.</summary>
    public async Task KillAppAsync(string appId, CancellationToken cancellation = default) =>
        await SignalAsync("KILL", await ProcessIdAsync(appId, cancellation));

    /// <summary>Runs a command of <c>nexuscart</c> on this shop, as an operator does.</summary>
    /// <returns>Its exit code and what it printed.</returns>
    public async Task<(int ExitCode, string Output)> RunCommandAsync(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet", [RepoPaths.CommandLine, .. arguments, "--http", Address.Http.ToString(), "--grpc", Address.Grpc.ToString()])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var program = Process.Start(start) ?? throw new InvalidOperationException("nexuscart did not start.");
        var (output, errors) = (program.StandardOutput.ReadToEndAsync(), program.StandardError.ReadToEndAsync());
        await program.WaitForExitAsync();
        return (program.ExitCode, await output + await errors);
    }

    /// <summary>The port of an app itself, where its sidecar calls it.</summary>
    public Uri AppAddress(string appId) => new($"http://127.0.0.1:{_runFile.Port(appId, "appPort")}");

    /// <summary>Where the sidecar of an app answers over HTTP.</summary>
    public Uri SidecarAddress(string appId) => new($"http://127.0.0.1:{_runFile.Port(appId, "daprHTTPPort")}");

    /// <summary>The process of the runner, which has all sidecars in it.</summary>
    public int RunnerId => _runner!.Id;

    /// <summary>The process of an app.</summary>
    public async Task<int> ProcessIdAsync(string appId, CancellationToken cancellation = default)
    {
        var address = $"http://127.0.0.1:{_runFile.Port(appId, "daprHTTPPort")}/v1.0/metadata";
        using var metadata = JsonDocument.Parse(await _http.GetStringAsync(address, cancellation));
        return int.Parse(metadata.RootElement.GetProperty("extended").GetProperty("appPID").GetString()!, null);
    }

    /// <summary>Waits until every service says that it is ready.</summary>
    public async Task WaitUntilReadyAsync(CancellationToken cancellation = default)
    {
        var started = Stopwatch.GetTimestamp();
        // The provider of payments is no service of the shop, and the keys of tokens are read after users is ready.
        foreach (var (appId, address) in _runFile.Services
            .Select(static service => (service.AppId, Address: $"http://127.0.0.1:{service.ManagementPort}/readyz"))
            .Append(("payment-sandbox", new Uri(SandboxAddress, "/readyz").ToString()))
            .Append(("users", new Uri(Address.Http, "/.well-known/jwks").ToString())))
        {
            while (!await AnswersAsync(address, cancellation))
            {
                if (_runner!.HasExited)
                    throw new InvalidOperationException($"The runner ended with code {_runner.ExitCode}.{Environment.NewLine}{Output}");
                if (Stopwatch.GetElapsedTime(started) > StartLimit)
                    throw new TimeoutException($"{appId} was not ready within {StartLimit.TotalSeconds:0} s.{Environment.NewLine}{Output}");
                await Task.Delay(50, cancellation);
            }
        }

        await Client.WaitUntilUpAsync(StartLimit, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync();
        }
        catch (TimeoutException)
        {
            _runner!.Kill(entireProcessTree: true);
            await _runner.WaitForExitAsync();
        }

        _runner?.Dispose();
        Client.Dispose();
        _http.Dispose();
        await _profile.DisposeAsync();
        _runFile.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<bool> AnswersAsync(string address, CancellationToken cancellation)
    {
        try
        {
            using var answer = await _http.GetAsync(address, cancellation);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private static async Task SignalAsync(string signal, int processId)
    {
        using var kill = Process.Start("kill", ["-" + signal, processId.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
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
