using System.CommandLine;
using NexusCart.Sidecar.Hosting.Run;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Hosting.Commands;

/// <summary>The flags of <c>sidecar</c>: daprd's, some of which mean nothing here and are accepted all the same.</summary>
internal sealed class SidecarFlags
{
    private static readonly string[] WithoutMeaning =
    [
        "--profile-port", "--enable-profiling", "--dapr-internal-grpc-port", "--dapr-public-port",
        "--dapr-internal-grpc-listen-address", "--dapr-public-listen-address", "--dapr-listen-addresses", "--unix-domain-socket",
        "--log-as-json", "--mode", "--sentry-address", "--enable-mtls", "--control-plane-address", "--allowed-origins",
        "--disable-init-endpoints", "--app-binding-options-timeout", "--components-path-hot-reload", "--wait",
    ];

    private readonly Option<string> _appId = new("--app-id") { Required = true, Description = "The app id." };
    private readonly Option<int?> _appPort = new("--app-port") { Description = "The app's port; without it there is no app to call." };
    private readonly Option<string> _appProtocol = new("--app-protocol") { DefaultValueFactory = _ => "http", Description = "http, https, h2c, grpc or grpcs." };
    private readonly Option<bool> _appSsl = new("--app-ssl") { Description = "TLS to the app." };
    private readonly Option<string> _appAddress = new("--app-channel-address") { DefaultValueFactory = _ => "127.0.0.1", Description = "The app's address." };
    private readonly Option<int> _httpPort = new("--dapr-http-port") { DefaultValueFactory = _ => 3500, Description = "Port of the HTTP API." };
    private readonly Option<int> _grpcPort = new("--dapr-grpc-port") { DefaultValueFactory = _ => 50001, Description = "Port of the gRPC API." };
    private readonly Option<int> _metricsPort = new("--metrics-port") { DefaultValueFactory = _ => 9090, Description = "Port of the metrics for Prometheus." };
    private readonly Option<bool> _metrics = new("--enable-metrics") { DefaultValueFactory = _ => true, Description = "Measure, and serve what was measured." };
    private readonly Option<string[]> _resources = new("--resources-path", "--components-path") { Description = "Folder with components; may be given more than once." };
    private readonly Option<string[]> _config = new("--config") { Description = "Configuration file; may be given more than once." };
    private readonly Option<string> _logLevel = new("--log-level") { DefaultValueFactory = _ => "info", Description = "debug, info, warn, error or fatal." };
    private readonly Option<int> _maxConcurrency = new("--app-max-concurrency") { DefaultValueFactory = _ => -1, Description = "Calls to the app at once; -1 for no limit." };
    private readonly Option<string?> _maxBody = new("--max-body-size") { Description = "Largest body, such as 4Mi." };
    private readonly Option<int?> _maxBodyMegabytes = new("--dapr-http-max-request-size") { Description = "Largest body in MB (old form)." };
    private readonly Option<string?> _readBuffer = new("--read-buffer-size") { Description = "Largest header block, such as 4Ki." };
    private readonly Option<bool> _health = new("--enable-app-health-check") { Description = "Probe the app's health." };
    private readonly Option<string> _healthPath = new("--app-health-check-path") { DefaultValueFactory = _ => "/healthz", Description = "Path of the probe." };
    private readonly Option<int> _healthInterval = new("--app-health-probe-interval") { DefaultValueFactory = _ => 5, Description = "Seconds between probes." };
    private readonly Option<int> _healthTimeout = new("--app-health-probe-timeout") { DefaultValueFactory = _ => 500, Description = "Milliseconds a probe may take." };
    private readonly Option<int> _healthThreshold = new("--app-health-threshold") { DefaultValueFactory = _ => 3, Description = "Failures in a row." };
    private readonly Option<bool> _apiLogging = new("--enable-api-logging") { Description = "Log each call of the API." };
    private readonly Option<int> _gracefulSeconds = new("--dapr-graceful-shutdown-seconds") { DefaultValueFactory = _ => 5, Description = "How long a stop may take." };
    private readonly Option<string?> _block = new("--dapr-block-shutdown-duration") { Description = "How long the API stays open after a stop was asked for, such as 10s." };
    private readonly Option<string?> _placement = new("--placement-host-address") { Description = "Empty: no actors. Any other value means nothing here." };
    private readonly Option<string?> _scheduler = new("--scheduler-host-address") { Description = "Empty: no jobs and reminders. Any other value means nothing here." };
    private readonly Option<string?> _data = new("--data-dir") { Description = "Where durable components keep their files; .nexuscart/data when not given." };
    private readonly Option<bool> _strict = new("--strict") { Description = "Behave as daprd does even where it is wrong." };

    /// <summary>The command of the app, after <c>--</c>.</summary>
    public Argument<string[]> Command { get; } = new("command") { Arity = ArgumentArity.ZeroOrMore, Description = "The app's program and arguments." };

    /// <summary>All options.</summary>
    public IEnumerable<Option> All =>
    [
        _appId, _appPort, _appProtocol, _appSsl, _appAddress, _httpPort, _grpcPort, _metricsPort, _metrics, _resources, _config, _logLevel, _maxConcurrency,
        _maxBody, _maxBodyMegabytes, _readBuffer, _health, _healthPath, _healthInterval, _healthTimeout, _healthThreshold, _apiLogging,
        _gracefulSeconds, _block, _placement, _scheduler, _data, _strict,
        .. WithoutMeaning.Select(name => new Option<string?>(name) { Hidden = true, Arity = ArgumentArity.ZeroOrOne }),
    ];

    /// <summary>The data folder.</summary>
    public string DataFolder(ParseResult result) => Path.GetFullPath(result.GetValue(_data) ?? Path.Combine(".nexuscart", "data"));

    /// <summary>The settings.</summary>
    /// <exception cref="ResourceException">A flag has a value that cannot be used.</exception>
    public AppRun ToRun(ParseResult result) => new()
    {
        Folder = Environment.CurrentDirectory,
        Command = result.GetValue(Command) ?? [],
        AppLog = LogDestination.Console,
        SidecarLog = LogDestination.Console,
        LogLevel = LogLevels.TryParse(result.GetValue(_logLevel)!, out var level) ? level : throw Wrong(_logLevel, result.GetValue(_logLevel)),
        Sidecar = WithHealth(result, new SidecarOptions
        {
            AppId = result.GetValue(_appId)!,
            AppPort = result.GetValue(_appPort) is > 0 and var port ? port : null,
            AppProtocol = Protocol(result),
            AppChannelAddress = result.GetValue(_appAddress)!,
            HttpPort = PositiveOrFree(result.GetValue(_httpPort)),
            GrpcPort = PositiveOrFree(result.GetValue(_grpcPort)),
            MetricsPort = result.GetValue(_metrics) ? PositiveOrFree(result.GetValue(_metricsPort)) : null,
            ResourcePaths = [.. (result.GetValue(_resources) ?? []).SelectMany(paths => paths.Split(',')).Select(Path.GetFullPath)],
            ConfigPaths = [.. (result.GetValue(_config) ?? []).Where(path => path.Length > 0).Select(Path.GetFullPath)],
            Namespace = Environment.GetEnvironmentVariable("NAMESPACE") ?? "",
            ApiToken = Environment.GetEnvironmentVariable("DAPR_API_TOKEN") is { Length: > 0 } token ? token : null,
            AppApiToken = Environment.GetEnvironmentVariable("APP_API_TOKEN") is { Length: > 0 } appToken ? appToken : null,
            AppMaxConcurrency = result.GetValue(_maxConcurrency),
            EnableApiLogging = result.GetValue(_apiLogging),
            MaxBodySize = Size(result, _maxBody) ?? result.GetValue(_maxBodyMegabytes) * (1 << 20) ?? 4 << 20,
            ReadBufferSize = Size(result, _readBuffer) ?? 4 << 10,
            GracefulShutdown = TimeSpan.FromSeconds(Math.Max(0, result.GetValue(_gracefulSeconds))),
            BlockShutdown = result.GetValue(_block) is { Length: > 0 } block
                ? GoDuration.TryParse(block, out var duration) ? duration : throw Wrong(_block, block)
                : null,
            PlacementEnabled = result.GetValue(_placement) is not "",
            SchedulerEnabled = result.GetValue(_scheduler) is not "",
            Strict = result.GetValue(_strict),
        }),
    };

    private SidecarOptions WithHealth(ParseResult result, SidecarOptions options) => options with
    {
        EnableAppHealthCheck = result.GetValue(_health),
        AppHealthCheckPath = "/" + result.GetValue(_healthPath)!.TrimStart('/'),
        AppHealthProbeInterval = TimeSpan.FromSeconds(Math.Max(1, result.GetValue(_healthInterval))),
        AppHealthProbeTimeout = TimeSpan.FromMilliseconds(Math.Max(1, result.GetValue(_healthTimeout))),
        AppHealthThreshold = Math.Max(1, result.GetValue(_healthThreshold)),
    };

    private AppProtocol Protocol(ParseResult result)
    {
        var text = result.GetValue(_appProtocol)!;
        if (!Enum.TryParse<AppProtocol>(text, ignoreCase: true, out var protocol) || int.TryParse(text, out _))
            throw Wrong(_appProtocol, text);
        return (protocol, result.GetValue(_appSsl)) switch
        {
            (AppProtocol.Http, true) => AppProtocol.Https,
            (AppProtocol.Grpc, true) => AppProtocol.Grpcs,
            _ => protocol,
        };
    }

    private static int? Size(ParseResult result, Option<string?> option) => result.GetValue(option) switch
    {
        null or "" => null,
        var text when ByteQuantity.TryParse(text, out var bytes) => bytes,
        var text => throw Wrong(option, text),
    };

    private static int PositiveOrFree(int port) => port > 0 ? port : FreePorts.Next();

    private static ResourceException Wrong(Option option, string? value) => new($"{option.Name} '{value}' cannot be used");
}
