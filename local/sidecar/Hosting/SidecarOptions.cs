namespace NexusCart.Sidecar.Hosting;

/// <summary>The protocol the app speaks on its port.</summary>
public enum AppProtocol
{
    /// <summary>HTTP/1.1.</summary>
    Http,

    /// <summary>HTTP/1.1 over TLS.</summary>
    Https,

    /// <summary>HTTP/2 without TLS; serves gRPC and HTTP on one port.</summary>
    H2c,

    /// <summary>gRPC without TLS: callbacks arrive as gRPC calls.</summary>
    Grpc,

    /// <summary>gRPC over TLS.</summary>
    Grpcs,
}

/// <summary>The settings of one app's sidecar; names and defaults follow daprd's flags.</summary>
public sealed record SidecarOptions
{
    /// <summary>The app id; other apps call it by this name.</summary>
    public required string AppId { get; init; }

    /// <summary>What its log lines are filed under: the app id, unless several instances of it have to be told apart.</summary>
    public string Instance
    {
        get => field ?? AppId;
        init;
    }

    /// <summary>The app's port; null when there is no app to call.</summary>
    public int? AppPort { get; init; }

    /// <summary>The protocol on <see cref="AppPort"/>.</summary>
    public AppProtocol AppProtocol { get; init; } = AppProtocol.Http;

    /// <summary>The address the app listens on.</summary>
    public string AppChannelAddress { get; init; } = "127.0.0.1";

    /// <summary>Port of the HTTP API; 0 takes a free one.</summary>
    public int HttpPort { get; init; } = 3500;

    /// <summary>Port of the gRPC API; 0 takes a free one.</summary>
    public int GrpcPort { get; init; } = 50001;

    /// <summary>Port of the metrics; 0 takes a free one, null measures nothing.</summary>
    public int? MetricsPort { get; init; }

    /// <summary>Folders with component, subscription and resiliency files.</summary>
    public IReadOnlyList<string> ResourcePaths { get; init; } = [];

    /// <summary>Configuration files; later ones override.</summary>
    public IReadOnlyList<string> ConfigPaths { get; init; } = [];

    /// <summary>Dapr namespace of the app; empty as when the environment has no NAMESPACE.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Largest request body, in bytes, over HTTP and gRPC.</summary>
    public int MaxBodySize { get; init; } = 4 << 20;

    /// <summary>Largest HTTP header block, in bytes.</summary>
    public int ReadBufferSize { get; init; } = 4 << 10;

    /// <summary>Calls to the app in flight at once; -1 means no limit.</summary>
    public int AppMaxConcurrency { get; init; } = -1;

    /// <summary>Whether the app's health is probed.</summary>
    public bool EnableAppHealthCheck { get; init; }

    /// <summary>Path of the health probe.</summary>
    public string AppHealthCheckPath { get; init; } = "/healthz";

    /// <summary>Time between probes.</summary>
    public TimeSpan AppHealthProbeInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time a probe may take.</summary>
    public TimeSpan AppHealthProbeTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Failures in a row after which the app counts as unhealthy.</summary>
    public int AppHealthThreshold { get; init; } = 3;

    /// <summary>Token a caller of the sidecar's API must show (DAPR_API_TOKEN); null for none.</summary>
    public string? ApiToken { get; init; }

    /// <summary>Token the sidecar shows to the app (APP_API_TOKEN); null for none.</summary>
    public string? AppApiToken { get; init; }

    /// <summary>How long a stop may take before what is left is cut.</summary>
    public TimeSpan GracefulShutdown { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the API stays open after a stop was asked for; null for not at all.</summary>
    public TimeSpan? BlockShutdown { get; init; }

    /// <summary>
    /// Folders in which relative paths of input files (a secrets file) are looked up, in this order; daprd's is the app's own.
    /// The current folder when empty.
    /// </summary>
    public IReadOnlyList<string> SearchFolders { get; init; } = [];

    /// <summary>Whether there are actors: false is daprd's empty <c>--placement-host-address</c>.</summary>
    public bool PlacementEnabled { get; init; } = true;

    /// <summary>Whether there are jobs and reminders: false is daprd's empty <c>--scheduler-host-address</c>.</summary>
    public bool SchedulerEnabled { get; init; } = true;

    /// <summary>Whether each call of the HTTP API is logged.</summary>
    public bool EnableApiLogging { get; init; }

    /// <summary>Turns off every deliberate difference from daprd (docs/dapr-compatibility.md).</summary>
    public bool Strict { get; init; }
}
