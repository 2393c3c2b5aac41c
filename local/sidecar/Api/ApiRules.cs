using Grpc.Core;
using ErrorInfo = Google.Rpc.ErrorInfo;
using Microsoft.AspNetCore.Routing.Patterns;
using NexusCart.Sidecar.Api.Grpc;
using NexusCart.Sidecar.Api.Http;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Api;

/// <summary>
/// Which API methods the configuration lets the app call. A refused route is as if it did not exist. Routes are also held to
/// exact case here, because ASP.NET's router does not care about it and daprd's does.
/// </summary>
internal static class ApiRules
{
    private const string DaprService = "/dapr.proto.runtime.v1.Dapr/";

    /// <summary>Adds the check; it stands between routing and the endpoints.</summary>
    public static void UseApiRules(this WebApplication app, Hosting.Sidecar sidecar)
    {
        var configuration = sidecar.Resources.Configuration;
        app.Use((context, next) =>
        {
            if (context.Connection.LocalPort == sidecar.Options.GrpcPort)
                return IsAllowedRpc(configuration, context.Request.Path.Value!) ? next(context) : RefuseRpcAsync(context);
            if (context.GetEndpoint() is RouteEndpoint route
                && !ReferenceEquals(route.Metadata.GetMetadata<UnmatchedHttp>(), UnmatchedHttp.Marker)
                && (!HasExactCase(route.RoutePattern, context.Request.Path.Value!) || !IsAllowedPath(configuration, context.Request.Path.Value!)))
            {
                return UnmatchedHttp.HandleAsync(context);
            }

            return next(context);
        });
    }

    /// <summary>Whether the configuration lets the app call an API group.</summary>
    public static bool IsAllowed(RuntimeConfiguration configuration, string protocol, string version, string name)
    {
        bool Matches(ApiRule rule) => rule.Name == name && rule.Version == version && AppliesTo(rule, protocol);
        return !configuration.ApiDenied.Any(Matches)
            && (!configuration.ApiAllowed.Any(rule => AppliesTo(rule, protocol)) || configuration.ApiAllowed.Any(Matches));
    }

    private static bool AppliesTo(ApiRule rule, string protocol) => rule.Protocol.Length == 0 || rule.Protocol == protocol;

    private static bool IsAllowedPath(RuntimeConfiguration configuration, string path)
    {
        if (configuration.ApiAllowed.Count == 0 && configuration.ApiDenied.Count == 0)
            return true;
        var parts = path.Split('/', 4);
        return parts.Length < 3 || parts[2] == "healthz" || IsAllowed(configuration, "http", parts[1], parts[2]);
    }

    private static bool IsAllowedRpc(RuntimeConfiguration configuration, string path)
    {
        if (configuration.ApiAllowed.Count == 0 && configuration.ApiDenied.Count == 0)
            return true;
        if (!path.StartsWith(DaprService, StringComparison.Ordinal))
            return path.StartsWith("/grpc.reflection.", StringComparison.Ordinal) || IsAllowed(configuration, "grpc", "v1.0", "invoke");
        var (name, version) = GroupOf(path[DaprService.Length..]);
        return IsAllowed(configuration, "grpc", version, name);
    }

    private static (string Name, string Version) GroupOf(string rpc)
    {
        bool Has(string word) => rpc.Contains(word, StringComparison.Ordinal);
        var version = Has("Alpha1") ? "v1.0-alpha1" : Has("Alpha2") ? "v1.0-alpha2" : Has("Beta1") ? "v1.0-beta1" : "v1.0";
        var name = rpc switch
        {
            "InvokeService" => "invoke",
            "InvokeBinding" => "bindings",
            "TryLockAlpha1" => "lock",
            "UnlockAlpha1" => "unlock",
            "Shutdown" => "shutdown",
            _ when Has("Actor") => "actors",
            _ when Has("Workflow") => "workflows",
            _ when Has("Subtle") => "subtlecrypto",
            _ when Has("SubscribeTopicEvents") => "subscribe",
            _ when Has("PublishEvent") => "publish",
            _ when Has("State") => "state",
            _ when Has("Secret") => "secrets",
            _ when Has("Configuration") => "configuration",
            _ when Has("Metadata") => "metadata",
            _ when Has("Job") => "jobs",
            _ when Has("Converse") => "conversation",
            _ when Has("crypt") => "crypto",
            _ => rpc,
        };
        return (name, version);
    }

    private static Task RefuseRpcAsync(HttpContext context)
    {
        var info = new ErrorInfo { Domain = "dapr.io", Reason = "Not Implemented" };
        info.Metadata["http.code"] = "501";
        info.Metadata["http.error_message"] = "requested endpoint is not available";
        return GrpcErrors.WriteTrailersOnlyAsync(context, StatusCode.Unimplemented, "Not Implemented", info);
    }

    private static bool HasExactCase(RoutePattern pattern, string path)
    {
        var rest = path.AsSpan();
        foreach (var segment in pattern.PathSegments)
        {
            if (rest.IsEmpty)
                return true;
            rest = rest[1..];
            var end = rest.IndexOf('/');
            var actual = end < 0 ? rest : rest[..end];
            if (segment.IsSimple && segment.Parts[0] is RoutePatternLiteralPart literal && !actual.SequenceEqual(literal.Content))
                return false;
            rest = end < 0 ? [] : rest[end..];
        }

        return true;
    }
}
