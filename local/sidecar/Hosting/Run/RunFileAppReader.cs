using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Hosting.Run;

/// <summary>
/// Reads one app of a run file over the common part. What the app leaves at its zero value (absent, empty, 0, false) comes from the
/// common part, so an app cannot switch off what the common part switches on; that is how the Dapr CLI merges.
/// </summary>
internal sealed class RunFileAppReader(string runFolder, YamlMap? common, RunOverrides overrides)
{
    private const string EmbeddedKey = "embeddedResourcesPath";
    private const string EmbeddedComponents = "components/embedded";

    /// <summary>Reads an app.</summary>
    /// <exception cref="ResourceException">A value is missing or wrong, or a path does not exist.</exception>
    public AppRun Read(YamlMap app)
    {
        var folder = ExistingFolder(app, "appDirPath", app.Text("appDirPath") is { Length: > 0 } path
            ? Absolute(path, runFolder)
            : throw new ResourceException($"{app.File}:{app.Line}: required field 'appDirPath' not found"));
        var sidecar = new SidecarOptions
        {
            AppId = app.Text("appID") is { Length: > 0 } id ? id : Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)),
            AppPort = app.Number("appPort") is > 0 and var appPort ? Port(app, "appPort", appPort) : null,
            AppProtocol = Protocol(app),
            AppChannelAddress = app.Text("appChannelAddress") is { Length: > 0 } address ? address : "127.0.0.1",
            HttpPort = PortOrFree(app, "daprHTTPPort"),
            GrpcPort = PortOrFree(app, "daprGRPCPort"),
            MetricsPort = PortOrFree(app, "metricsPort"),
            ResourcePaths = Resources(app, folder),
            ConfigPaths = Config(app, folder),
            Namespace = Environment.GetEnvironmentVariable("NAMESPACE") ?? "",
            ApiToken = NullIfEmpty(Environment.GetEnvironmentVariable("DAPR_API_TOKEN")),
            AppApiToken = NullIfEmpty(Environment.GetEnvironmentVariable("APP_API_TOKEN")),
            SearchFolders = [folder, runFolder],
            AppMaxConcurrency = Number(app, "appMaxConcurrency") is > 0 and var limit ? limit : -1,
            PlacementEnabled = !(Has(app, "placementHostAddress") && Text(app, "placementHostAddress") is null),
            EnableApiLogging = Flag(app, "enableApiLogging"),
            Strict = overrides.Strict,
        };
        return new AppRun
        {
            Sidecar = WithHealth(app, WithSizes(app, sidecar)),
            Folder = folder,
            Command = app.Texts("command"),
            Environment = Variables(app),
            AppLog = Destination(app, "appLogDestination", LogDestination.FileAndConsole),
            SidecarLog = Destination(app, "daprdLogDestination", LogDestination.File),
            LogLevel = Level(app),
        };
    }

    private SidecarOptions WithSizes(YamlMap app, SidecarOptions options) => options with
    {
        MaxBodySize = Size(app, "maxBodySize") ?? options.MaxBodySize,
        ReadBufferSize = Size(app, "readBufferSize") ?? options.ReadBufferSize,
    };

    private SidecarOptions WithHealth(YamlMap app, SidecarOptions options) => options with
    {
        EnableAppHealthCheck = Flag(app, "enableAppHealthCheck"),
        AppHealthCheckPath = Text(app, "appHealthCheckPath") is { } path ? "/" + path.TrimStart('/') : options.AppHealthCheckPath,
        AppHealthProbeInterval = Number(app, "appHealthProbeInterval") is > 0 and var seconds
            ? TimeSpan.FromSeconds(seconds)
            : options.AppHealthProbeInterval,
        AppHealthProbeTimeout = Number(app, "appHealthProbeTimeout") is > 0 and var milliseconds
            ? TimeSpan.FromMilliseconds(milliseconds)
            : options.AppHealthProbeTimeout,
        AppHealthThreshold = Number(app, "appHealthThreshold") is > 0 and var threshold ? threshold : options.AppHealthThreshold,
    };

    // The command line replaces what the file says. One file serves two runtimes: resourcesPath of the common part is what the Dapr CLI
    // runs with, embeddedResourcesPath what this one does. A file that says nothing gets the profile that needs nothing installed.
    private IReadOnlyList<string> Resources(YamlMap app, string folder)
    {
        if (overrides.ResourcePaths is { } given)
            return given;
        if (ResourcesOf(app, folder) is { Count: > 0 } own)
            return own;
        var conventional = Path.Combine(folder, ".dapr", "resources");
        if (Directory.Exists(conventional))
            return [conventional];
        if (common?.Text(EmbeddedKey) is { Length: > 0 } ours)
            return [ExistingFolder(common, EmbeddedKey, Absolute(ours, runFolder))];
        if (common is not null && ResourcesOf(common, runFolder) is { Count: > 0 } shared)
            return shared;
        var embedded = Path.Combine(runFolder, EmbeddedComponents);
        return Directory.Exists(embedded) ? [embedded] : [];
    }

    private static List<string> ResourcesOf(YamlMap map, string folder)
    {
        var paths = map.Texts("resourcesPaths").Where(path => path.Length > 0).ToList();
        if (map.Text("resourcesPath") is { Length: > 0 } single)
            paths.Add(single);
        return [.. paths.Select(path => ExistingFolder(map, "resourcesPath", Absolute(path, folder)))];
    }

    private IReadOnlyList<string> Config(YamlMap app, string folder)
    {
        if (app.Text("configFilePath") is { Length: > 0 } own)
            return [ExistingFile(app, Absolute(own, folder))];
        var conventional = Path.Combine(folder, ".dapr", "config.yaml");
        if (File.Exists(conventional))
            return [conventional];
        return common?.Text("configFilePath") is { Length: > 0 } shared ? [ExistingFile(common, Absolute(shared, runFolder))] : [];
    }

    private Dictionary<string, string> Variables(YamlMap app)
    {
        var variables = common is null
            ? new Dictionary<string, string>(StringComparer.Ordinal)
            : new Dictionary<string, string>(common.TextMap("env"), StringComparer.Ordinal);
        foreach (var (name, value) in app.TextMap("env"))
            variables[name] = value;
        return variables;
    }

    private AppProtocol Protocol(YamlMap app)
    {
        var text = Text(app, "appProtocol") ?? "http";
        var secure = Flag(app, "appSSL");
        return text.ToLowerInvariant() switch
        {
            "http" => secure ? AppProtocol.Https : AppProtocol.Http,
            "https" => AppProtocol.Https,
            "h2c" => AppProtocol.H2c,
            "grpc" => secure ? AppProtocol.Grpcs : AppProtocol.Grpc,
            "grpcs" => AppProtocol.Grpcs,
            _ => throw new ResourceException($"{app.File}:{app.Line}: appProtocol '{text}' is none of http, https, h2c, grpc, grpcs"),
        };
    }

    private LogDestination Destination(YamlMap app, string key, LogDestination otherwise) => Text(app, key) switch
    {
        null => otherwise,
        "file" => LogDestination.File,
        "console" => LogDestination.Console,
        "fileAndConsole" => LogDestination.FileAndConsole,
        var other => throw new ResourceException($"{app.File}:{app.Line}: {key} '{other}' is none of file, console, fileAndConsole"),
    };

    private LogLevel Level(YamlMap app) => LogLevels.TryParse(Text(app, "logLevel") ?? "info", out var level)
        ? level
        : throw new ResourceException($"{app.File}:{app.Line}: logLevel is none of debug, info, warn, error, fatal");

    private int? Size(YamlMap app, string key) => Text(app, key) switch
    {
        null or "0" => null,
        var text when ByteQuantity.TryParse(text, out var bytes) => bytes,
        var text => throw new ResourceException($"{app.File}:{app.Line}: {key} '{text}' is no size such as 4Mi"),
    };

    private bool Has(YamlMap app, string key) => app.Has(key) || common?.Has(key) == true;

    private string? Text(YamlMap app, string key) => NullIfEmpty(app.Text(key)) ?? NullIfEmpty(common?.Text(key));

    private int? Number(YamlMap app, string key) => app.Number(key) is not (null or 0) and var own ? own : common?.Number(key);

    private bool Flag(YamlMap app, string key) => app.Flag(key) == true || common?.Flag(key) == true;

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static int PortOrFree(YamlMap app, string key) =>
        app.Number(key) is > 0 and var port ? Port(app, key, port) : FreePorts.Next();

    private static int Port(YamlMap app, string key, int port) =>
        port <= 65535 ? port : throw new ResourceException($"{app.File}:{app.Line}: {key} {port} is no TCP port");

    private static string Absolute(string path, string folder)
    {
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal))
            path = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..];
        return Path.GetFullPath(path, folder);
    }

    private static string ExistingFolder(YamlMap map, string key, string path) =>
        Directory.Exists(path) ? path : throw new ResourceException($"{map.File}:{map.Line}: {key} '{path}' does not exist");

    private static string ExistingFile(YamlMap map, string path) =>
        File.Exists(path) ? path : throw new ResourceException($"{map.File}:{map.Line}: configFilePath '{path}' does not exist");
}
