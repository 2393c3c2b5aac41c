using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Hosting;
using NexusCart.Tests.Servers;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.Conformance;

/// <summary>A profile of the kit, running: its sidecars, its stub apps, the resources of a backend.</summary>
public sealed partial class ConformanceEnvironment : IAsyncDisposable
{
    private readonly SidecarBed _bed;
    private readonly JsonObject _settings;
    private readonly string _variant;
    private readonly ComponentTypes _types = BuildingBlocks.DefaultComponentTypes().Add(PutBinding.Type, context => new PutBinding(context));
    private TestSidecar? _a;
    private TestSidecar? _b;
    private RedisServer? _redis;
    private PostgresServer? _postgres;
    private RabbitServer? _rabbit;
    private KafkaCluster? _kafka;

    private ConformanceEnvironment(string profile, string backend, string variant)
    {
        Profile = profile;
        Backend = backend;
        _variant = variant;
        _bed = new SidecarBed(types: _types);
        _settings = JsonNode.Parse(File.ReadAllText(Path.Combine(ProfileFolder, "app.json")))!.AsObject();
    }

    /// <summary>Folder of the kit beside the test program.</summary>
    public static string Kit => Path.Combine(AppContext.BaseDirectory, "Conformance");

    /// <summary>Name of the profile.</summary>
    public string Profile { get; }

    /// <summary>Backend whose expectations hold.</summary>
    public string Backend { get; }

    /// <summary>The first sidecar.</summary>
    public TestSidecar A => _a!;

    internal string AppIdA => _settings["app_id"]!.GetValue<string>();

    internal string AppIdB => _settings["app_id_b"]?.GetValue<string>() ?? "conf-b";

    internal int AppPortA { get; } = FreePorts.Next();

    internal int AppPortB { get; } = FreePorts.Next();

    internal Dictionary<string, StubApp> Apps { get; } = [];

    private string ProfileFolder => Path.Combine(Kit, "profile", Profile);

    /// <summary>Starts a profile.</summary>
    public static async Task<ConformanceEnvironment> StartAsync(string profile, string backend, string variant)
    {
        var environment = new ConformanceEnvironment(profile, backend, variant);
        await environment.StartAsync();
        return environment;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var app in Apps.Values)
            await app.DisposeAsync();
        await _bed.DisposeAsync();
        if (_redis is not null)
            await _redis.DisposeAsync();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
        if (_rabbit is not null)
            await _rabbit.DisposeAsync();
        if (_kafka is not null)
            await _kafka.DisposeAsync();
    }

    internal TestSidecar Sidecar(string name) => name == "b" ? _b! : _a!;

    internal string HttpAddress(string name) => $"127.0.0.1:{Sidecar(name).Host.Options.HttpPort}";

    internal string GrpcAddress(string name) => $"127.0.0.1:{Sidecar(name).Host.Options.GrpcPort}";

    private async Task StartAsync()
    {
        await StartServerAsync();
        CopyResources();
        var hasApp = _settings["no_app"]?.GetValue<bool>() != true;
        var isGrpc = _settings["protocol"]?.GetValue<string>() == "grpc";
        if (hasApp)
        {
            var rules = _settings["a"]?["rules"] as JsonArray;
            Apps["a"] = isGrpc
                ? new GrpcStubApp(AppPortA, rules, () => HttpAddress("a"))
                : new StubApp(AppPortA, rules, () => HttpAddress("a"));
            await Apps["a"].StartAsync();
        }

        if (_settings.ContainsKey("app_id_b"))
        {
            Apps["b"] = new StubApp(AppPortB, _settings["b"]?["rules"] as JsonArray, () => HttpAddress("b"));
            await Apps["b"].StartAsync();
            _b = await _bed.StartSidecarAsync(AppIdB, change: options => Common(options, "config-b.yaml") with { AppPort = AppPortB });
        }

        _a = await _bed.StartSidecarAsync(AppIdA, change: options => WithFlags(Common(options, "config.yaml") with
        {
            AppPort = hasApp ? AppPortA : null,
            AppProtocol = isGrpc ? AppProtocol.Grpc : AppProtocol.Http,
        }));
    }

    private async Task StartServerAsync()
    {
        switch (_variant)
        {
            case "redis":
                _redis = new RedisServer();
                await _redis.StartAsync();
                break;
            case "postgres":
                _postgres = new PostgresServer();
                await _postgres.StartAsync();
                break;
            case "rabbitmq":
                _rabbit = new RabbitServer();
                await _rabbit.StartAsync();
                break;
            case "kafka":
                _kafka = new KafkaCluster();
                break;
        }
    }

    private SidecarOptions Common(SidecarOptions options, string config) => options with
    {
        ConfigPaths = File.Exists(Path.Combine(ProfileFolder, config)) ? [Fill(Path.Combine(ProfileFolder, config), _bed.Folder)] : [],
        Strict = true,
    };

    // What flags.sh of each profile gives daprd.
    private SidecarOptions WithFlags(SidecarOptions options) => Profile switch
    {
        "bare" or "shutdown" => options with { PlacementEnabled = false, SchedulerEnabled = false },
        "limits" => options with { MaxBodySize = 64 << 10, AppMaxConcurrency = 1 },
        "token" => options with { ApiToken = "tok", AppApiToken = "apptok" },
        "health" => options with
        {
            EnableAppHealthCheck = true,
            AppHealthCheckPath = "/hz",
            AppHealthProbeInterval = TimeSpan.FromSeconds(1),
            AppHealthProbeTimeout = TimeSpan.FromMilliseconds(500),
            AppHealthThreshold = 2,
        },
        _ => options,
    };

    private void CopyResources()
    {
        Directory.CreateDirectory(Path.Combine(_bed.Folder, "files"));
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[("CONF_ENV_SECRET", "from-env"), ("DAPR_HIDDEN", "x"), ("CONF_EMPTY", "")])
            Environment.SetEnvironmentVariable(name, value);
        if (File.Exists(Path.Combine(ProfileFolder, "secrets.json")))
            File.Copy(Path.Combine(ProfileFolder, "secrets.json"), Path.Combine(_bed.Folder, "secrets.json"));
        if (Directory.Exists(Path.Combine(ProfileFolder, "resources")))
            CopyAll(Path.Combine(ProfileFolder, "resources"));
        if (!File.Exists(Path.Combine(ProfileFolder, "novariant")))
            CopyAll(Path.Combine(Kit, "profile", "variants", _variant));
    }

    private void CopyAll(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*.yaml"))
            Fill(file, _bed.ResourcesFolder);
    }

    private string Fill(string file, string into)
    {
        var text = File.ReadAllText(file)
            .Replace("@RUN@", _bed.Folder, StringComparison.Ordinal)
            .Replace("@POSTGRES@", _postgres?.ConnectionString, StringComparison.Ordinal)
            .Replace("@RABBITMQ@", _rabbit?.ConnectionString, StringComparison.Ordinal)
            .Replace("@KAFKA@", _kafka?.Brokers, StringComparison.Ordinal)
            .Replace("@REDIS@", $"{_redis?.Port}", StringComparison.Ordinal)
            .Replace("@APPPORT@", $"{AppPortA}", StringComparison.Ordinal);
        // Component types that come later are left out; the cases that need them are skipped by area.
        var documents = text.Split("\n---\n").Where(document =>
            !document.Contains("kind: Component", StringComparison.Ordinal)
            || (TypePattern().Match(document) is { Success: true } match && _types.TryGet(match.Groups[1].Value, out _)));
        var target = Path.Combine(into, Path.GetFileName(file));
        File.WriteAllText(target, string.Join("\n---\n", documents));
        return target;
    }

    [GeneratedRegex(@"\btype: ([A-Za-z0-9.\-]+)")]
    private static partial Regex TypePattern();
}
