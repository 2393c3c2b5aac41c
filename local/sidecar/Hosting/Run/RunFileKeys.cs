using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Hosting.Run;

/// <summary>The keys a run file may have. Others are ignored, as by the Dapr CLI, but not in silence: most are typing errors.</summary>
internal static class RunFileKeys
{
    private static readonly HashSet<string> Root = new(StringComparer.Ordinal) { "version", "name", "common", "apps" };

    private static readonly HashSet<string> Common = new(StringComparer.Ordinal)
    {
        "configFilePath", "appProtocol", "apiListenAddresses", "enableProfiling", "logLevel", "appMaxConcurrency",
        "placementHostAddress", "schedulerHostAddress", "resourcesPath", "resourcesPaths", "appSSL", "maxBodySize", "readBufferSize",
        "enableAppHealthCheck", "appHealthCheckPath", "appHealthProbeInterval", "appHealthProbeTimeout", "appHealthThreshold",
        "enableApiLogging", "runtimePath", "env", "daprdLogDestination", "appLogDestination",
    };

    // Ours alone; the Dapr CLI passes over what it does not know.
    private static readonly HashSet<string> OwnCommon = new(Common, StringComparer.Ordinal) { "embeddedResourcesPath" };

    private static readonly HashSet<string> App = new(Common, StringComparer.Ordinal)
    {
        "appID", "appDirPath", "appChannelAddress", "appPort", "daprHTTPPort", "daprGRPCPort", "profilePort", "command", "metricsPort",
        "unixDomainSocket", "daprInternalGRPCPort", "containerImage", "containerImagePullPolicy", "createService",
    };

    /// <summary>A warning for each key nobody reads, with its line.</summary>
    public static IReadOnlyList<string> Unknown(YamlMap root) =>
    [
        .. UnknownIn(root, Root),
        .. root.Map("common") is { } common ? UnknownIn(common, OwnCommon) : [],
        .. root.Maps("apps").SelectMany(app => UnknownIn(app, App)),
    ];

    private static IEnumerable<string> UnknownIn(YamlMap map, HashSet<string> known) =>
        map.Keys.Where(key => !known.Contains(key.Key)).Select(key => $"{map.File}:{key.Line}: unknown key '{key.Key}' is ignored");
}
