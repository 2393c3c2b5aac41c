namespace NexusCart.Sidecar.Resources;

/// <summary>What the sidecar takes from <c>kind: Configuration</c> files; several files merge, later ones win.</summary>
public sealed record RuntimeConfiguration
{
    /// <summary>Features switched by name.</summary>
    public IReadOnlyDictionary<string, bool> Features { get; init; } = new Dictionary<string, bool>();

    /// <summary>Which secrets of which store the app may read.</summary>
    public IReadOnlyList<SecretScope> SecretScopes { get; init; } = [];

    /// <summary>The API methods the app may call; empty means all.</summary>
    public IReadOnlyList<ApiRule> ApiAllowed { get; init; } = [];

    /// <summary>The API methods the app may not call; stronger than <see cref="ApiAllowed"/>.</summary>
    public IReadOnlyList<ApiRule> ApiDenied { get; init; } = [];

    /// <summary>Who may invoke the app; null when everybody may.</summary>
    public AccessControlSpec? AccessControl { get; init; }

    /// <summary>Component types that must not be loaded (<c>type</c> or <c>type/version</c>).</summary>
    public IReadOnlyList<string> DeniedComponents { get; init; } = [];

    /// <summary>Middleware that requests to the HTTP API pass, in order.</summary>
    public IReadOnlyList<PipelineHandler> HttpPipeline { get; init; } = [];

    /// <summary>Middleware that requests to the app pass, in order.</summary>
    public IReadOnlyList<PipelineHandler> AppHttpPipeline { get; init; } = [];

    /// <summary>Whether calls of the API are logged; null when not said.</summary>
    public bool? ApiLogging { get; init; }

    /// <summary>Limits and retention of workflows; null when not said.</summary>
    public WorkflowSpec? Workflow { get; init; }

    /// <summary>What is traced; null when not said.</summary>
    public TracingSpec? Tracing { get; init; }

    /// <summary>What is measured.</summary>
    public MetricsSpec Metrics { get; init; } = new();

    /// <summary>Whether the feature is switched on.</summary>
    /// <param name="feature">Its name.</param>
    /// <param name="otherwise">What holds when the configuration does not say.</param>
    public bool IsEnabled(string feature, bool otherwise = false) => Features.TryGetValue(feature, out var on) ? on : otherwise;
}

/// <summary>The secrets of one store an app may read.</summary>
/// <param name="StoreName">The store.</param>
/// <param name="AllowByDefault">What holds for a secret in neither list.</param>
/// <param name="Allowed">When not empty, only these.</param>
/// <param name="Denied">Never these.</param>
public sealed record SecretScope(
    string StoreName,
    bool AllowByDefault,
    IReadOnlySet<string> Allowed,
    IReadOnlySet<string> Denied);

/// <summary>One entry of api.allowed or api.denied.</summary>
/// <param name="Name">API group such as <c>state</c>.</param>
/// <param name="Version">Version such as <c>v1.0</c>, normalised.</param>
/// <param name="Protocol"><c>http</c>, <c>grpc</c> or empty for both.</param>
public sealed record ApiRule(string Name, string Version, string Protocol);

/// <summary>One middleware component of a pipeline.</summary>
/// <param name="Name">Name of the component.</param>
/// <param name="Type">Its type such as <c>middleware.http.ratelimit</c>.</param>
public sealed record PipelineHandler(string Name, string Type);

/// <summary>accessControl of a Configuration.</summary>
public sealed record AccessControlSpec(bool AllowByDefault, string TrustDomain, IReadOnlyList<AccessPolicy> Policies);

/// <summary>What one caller may do.</summary>
public sealed record AccessPolicy(
    string AppId,
    bool AllowByDefault,
    string TrustDomain,
    string Namespace,
    IReadOnlyList<AccessOperation> Operations);

/// <summary>One operation of a policy; an empty verb list means all.</summary>
public sealed record AccessOperation(string Name, IReadOnlyList<string> Verbs, bool Allow);
