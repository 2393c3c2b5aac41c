using System.Collections.Frozen;
using NexusCart.Gateway.Contract;
using NexusCart.Platform;
using NexusCart.Platform.Security;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace NexusCart.Gateway.Proxy;

/// <summary>YARP's routes: every public RPC by its HTTP form and by gRPC, the payment providers' webhooks, and OAuth.</summary>
internal static class ProxyRoutes
{
    /// <summary>Where the app id of a route is kept.</summary>
    public const string AppId = "app-id";

    /// <summary>The output cache policy of product and category pages.</summary>
    public const string PageCache = "pages";

    private const string OAuthPrefix = "oauth ";
    private const string HttpCluster = "sidecar-http";
    private const string RpcCluster = "sidecar-grpc";

    /// <summary>No byte for this long ends a request: above the 30 s that checkout may wait, and the services' own deadlines.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(45);

    private static readonly (string Path, string[] Methods)[] OAuth =
    [
        ("/.well-known/openid-configuration", [HttpMethods.Get]),
        ("/.well-known/oauth-authorization-server", [HttpMethods.Get]),
        ("/.well-known/jwks", [HttpMethods.Get]),
        ("/connect/authorize", [HttpMethods.Get, HttpMethods.Post]),
        ("/connect/token", [HttpMethods.Post]),
        ("/connect/revoke", [HttpMethods.Post]),
        ("/connect/introspect", [HttpMethods.Post]),
    ];

    private static readonly FrozenDictionary<string, PublicRpc> ByRoute = PublicContract.Rpcs
        .SelectMany(rpc => new[] { (HttpId(rpc), rpc), (RpcId(rpc), rpc) })
        .ToFrozenDictionary(pair => pair.Item1, pair => pair.rpc);

    /// <summary>The public RPC a request was routed to, by either form; null for anything else.</summary>
    public static PublicRpc? PublicRpc(this HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>() is { } route ? ByRoute.GetValueOrDefault(route.Config.RouteId) : null;

    /// <summary>Whether a route leads to OAuth, whose errors have a form of their own (RFC 6749, 5.2).</summary>
    public static bool IsOAuth(this RouteConfig route) => route.RouteId.StartsWith(OAuthPrefix, StringComparison.Ordinal);

    public static IReadOnlyList<RouteConfig> Routes { get; } =
        [.. PublicContract.Rpcs.SelectMany(rpc => new[] { Http(rpc), Rpc(rpc) }), Webhook("stripe"), Webhook("paypal"), .. OAuth.Select(OAuthRoute)];

    /// <summary>The sidecar's two ports, from DAPR_HTTP_PORT and DAPR_GRPC_PORT.</summary>
    public static IReadOnlyList<ClusterConfig> Clusters(IConfiguration configuration) =>
    [
        Cluster(HttpCluster, configuration["DAPR_HTTP_PORT"] ?? "3500", new Version(1, 1)),
        Cluster(RpcCluster, configuration["DAPR_GRPC_PORT"] ?? "50001", new Version(2, 0)),
    ];

    private static RouteConfig OAuthRoute((string Path, string[] Methods) endpoint) => new()
    {
        RouteId = OAuthPrefix + endpoint.Path,
        ClusterId = HttpCluster,
        Match = new RouteMatch { Path = endpoint.Path, Methods = endpoint.Methods },
        AuthorizationPolicy = "anonymous", // Clients show who they are in OAuth's own ways.
        Metadata = new Dictionary<string, string> { [AppId] = AppIds.Users },
    };

    private static RouteConfig Webhook(string provider) => new()
    {
        RouteId = $"webhooks/{provider}",
        ClusterId = HttpCluster,
        Match = new RouteMatch { Path = $"/webhooks/{provider}", Methods = [HttpMethods.Post] },
        AuthorizationPolicy = "anonymous", // It is signed; payments judges the signature over the raw body.
        Metadata = new Dictionary<string, string> { [AppId] = AppIds.Payments },
    };

    private static RouteConfig Http(PublicRpc rpc) => new()
    {
        RouteId = HttpId(rpc),
        ClusterId = HttpCluster,
        Match = new RouteMatch { Path = rpc.Path, Methods = [rpc.HttpMethod] },
        AuthorizationPolicy = Policy(rpc),
        OutputCachePolicy = rpc.Cacheable ? PageCache : null,
        Metadata = new Dictionary<string, string> { [AppId] = rpc.AppId },
    };

    private static RouteConfig Rpc(PublicRpc rpc) => new()
    {
        RouteId = RpcId(rpc),
        ClusterId = RpcCluster,
        Match = new RouteMatch
        {
            Path = rpc.RpcPath,
            Methods = [HttpMethods.Post],
            Headers = [new RouteHeader { Name = "content-type", Values = ["application/grpc"], Mode = HeaderMatchMode.HeaderPrefix }],
        },
        AuthorizationPolicy = Policy(rpc),
        Metadata = new Dictionary<string, string> { [AppId] = rpc.AppId },
    };

    private static string HttpId(PublicRpc rpc) => $"http {rpc.HttpMethod} {rpc.Path}";

    private static string RpcId(PublicRpc rpc) => $"grpc {rpc.RpcPath}";

    private static string Policy(PublicRpc rpc) => rpc.Access == Access.Anonymous ? "anonymous" : Policies.Customer;

    private static ClusterConfig Cluster(string id, string port, Version version) => new()
    {
        ClusterId = id,
        Destinations = new Dictionary<string, DestinationConfig> { ["sidecar"] = new() { Address = $"http://127.0.0.1:{port}" } },
        HttpRequest = new ForwarderRequestConfig
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            ActivityTimeout = Silence,
        },
        HttpClient = new HttpClientConfig { EnableMultipleHttp2Connections = true },
    };
}
