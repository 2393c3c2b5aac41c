using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NexusCart.Bench.Load;

/// <summary>An app that a <see cref="BenchSidecar"/> serves. It runs elsewhere, as a rule in the bench itself.</summary>
/// <param name="Id">Its app id.</param>
/// <param name="Port">Where it listens; null: it only calls, and is never called.</param>
/// <param name="Protocol">What it speaks there, as a run file names it.</param>
public sealed record BenchApp(string Id, int? Port = null, string Protocol = "h2c");

/// <summary>
/// The sidecar program as a process of its own on durable components in a temporary folder, with a sidecar for each of some apps.
/// Built with this bench, so that what is measured is what the sources say; gone, with all it stored, when the bench is done.
/// </summary>
public sealed class BenchSidecar : IAsyncDisposable
{
    private const int KeptLines = 100;
    private const int LowestPort = 20_000;
    private const int HighestPort = 31_000;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private static readonly Dictionary<string, string> DurableComponents = new(StringComparer.Ordinal)
    {
        ["statestore"] = Component("statestore", "state.sqlite", ("connectionString", "state.db"), ("actorStateStore", "true")),
        ["pubsub"] = Component("pubsub", "pubsub.embedded"),
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("nexuscart-bench").FullName;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly Dictionary<string, (int Http, int Grpc)> _ports;
    private Process? _process;

    private BenchSidecar(IReadOnlyList<BenchApp> apps, IReadOnlyDictionary<string, string> components)
    {
        _ports = apps.ToDictionary(static app => app.Id, static _ => (FreePort(), FreePort()), StringComparer.Ordinal);
        var resources = Directory.CreateDirectory(Path.Combine(_folder, "components")).FullName;
        foreach (var (name, yaml) in components)
            File.WriteAllText(Path.Combine(resources, name + ".yaml"), yaml);
        File.WriteAllText(RunFile, Describe(apps, resources));
    }

    /// <summary>CPU time, user and system, that the process has taken since it started.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            _process!.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Memory of the process that is in RAM, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process!.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>The process id, for a profiler.</summary>
    public int ProcessId => _process!.Id;

    /// <summary>The folder with everything the sidecar stores.</summary>
    public string DataFolder => Path.Combine(_folder, "data");

    private string RunFile => Path.Combine(_folder, "dapr.yaml");

    /// <summary>Starts the program and waits until every sidecar in it is ready.</summary>
    /// <param name="apps">Whom it serves.</param>
    /// <param name="components">Component files by name; null: durable state for everything, and durable pub/sub.</param>
    /// <param name="arguments">More arguments of the program's run command, such as <c>--strict</c>.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidOperationException">It ended, or was not ready in time; or this is not a release build.</exception>
    public static async Task<BenchSidecar> StartAsync(
        IReadOnlyList<BenchApp> apps,
        IReadOnlyDictionary<string, string>? components = null,
        IReadOnlyList<string>? arguments = null,
        CancellationToken cancellation = default)
    {
#if DEBUG
        throw new InvalidOperationException("A debug build measures nothing: dotnet run -c Release --project bench -- ...");
#else
        var sidecar = new BenchSidecar(apps, components ?? DurableComponents);
        try
        {
            await sidecar.StartAgainAsync(arguments, cancellation);
            return sidecar;
        }
        catch
        {
            await sidecar.DisposeAsync();
            throw;
        }
#endif
    }

    /// <summary>A component file.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its type, such as <c>state.sqlite</c>, and its version where that is not v1: <c>state.postgresql/v2</c>.</param>
    /// <param name="metadata">Its settings.</param>
    public static string Component(string name, string type, params (string Name, string Value)[] metadata)
    {
        var parts = type.Split('/');
        var yaml = new StringBuilder(
            $"apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {{ name: {name} }}\nspec:\n  type: {parts[0]}\n  version: {parts.ElementAtOrDefault(1) ?? "v1"}\n  metadata:\n");
        foreach (var (key, value) in metadata)
            yaml.Append(CultureInfo.InvariantCulture, $"    - {{ name: {key}, value: \"{value}\" }}\n");
        return yaml.ToString();
    }

    /// <summary>Chooses a port that is free, outside of the range from which the kernel takes ports for outgoing connections.</summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(LowestPort, HighestPort);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken.
            }
        }
    }

    /// <summary>The HTTP API for an app.</summary>
    public Uri Http(string appId) => new($"http://127.0.0.1:{_ports[appId].Http}");

    /// <summary>The gRPC API for an app.</summary>
    public Uri Grpc(string appId) => new($"http://127.0.0.1:{_ports[appId].Grpc}");

    /// <summary>Starts it again on what the last run stored, after <see cref="KillAsync"/>.</summary>
    public async Task StartAgainAsync(IReadOnlyList<string>? arguments = null, CancellationToken cancellation = default)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Program(), "run", "-f", RunFile, "--data-dir", DataFolder, "--no-build" },
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments ?? [])
            start.ArgumentList.Add(argument);
        _process = Process.Start(start) ?? throw new InvalidOperationException("The sidecar did not start.");
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await WaitUntilReadyAsync(cancellation);
    }

    /// <summary>Ends the process at once, as a crash would; its files stay.</summary>
    public async Task KillAsync()
    {
        if (_process is null)
            return;
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _process = null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Program()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "NexusCart.sln")))
                return Path.Combine(folder.FullName, "local", "sidecar", "bin", configuration, "net10.0", "nexuscart-sidecar.dll");
        }

        throw new DirectoryNotFoundException("The bench does not run inside the repository.");
    }

    private string Describe(IReadOnlyList<BenchApp> apps, string resources)
    {
        var yaml = new StringBuilder($"version: 1\ncommon:\n  resourcesPath: {resources}\n  daprdLogDestination: console\n  logLevel: warn\napps:\n");
        foreach (var app in apps)
        {
            var (http, grpc) = _ports[app.Id];
            yaml.Append(CultureInfo.InvariantCulture, $"  - appID: {app.Id}\n    appDirPath: .\n    daprHTTPPort: {http}\n    daprGRPCPort: {grpc}\n");
            if (app.Port is { } port)
                yaml.Append(CultureInfo.InvariantCulture, $"    appPort: {port}\n    appProtocol: {app.Protocol}\n");
        }

        return yaml.ToString();
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellation)
    {
        using var http = new HttpClient();
        var begun = Stopwatch.GetTimestamp();
        foreach (var appId in _ports.Keys)
        {
            while (!await IsReadyAsync(http, appId, cancellation))
            {
                if (_process!.HasExited || Stopwatch.GetElapsedTime(begun) > StartLimit)
                    throw new InvalidOperationException($"The sidecar is not ready.{Environment.NewLine}{string.Join(Environment.NewLine, _output)}");
                await Task.Delay(Poll, cancellation);
            }
        }
    }

    private async Task<bool> IsReadyAsync(HttpClient http, string appId, CancellationToken cancellation)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(Http(appId), "/v1.0/healthz/outbound"), cancellation);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
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
