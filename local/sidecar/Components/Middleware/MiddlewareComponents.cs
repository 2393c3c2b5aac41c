namespace NexusCart.Sidecar.Components.Middleware;

/// <summary>The HTTP middleware.</summary>
public static class MiddlewareComponents
{
    /// <summary>Makes the middleware known under Dapr's type names.</summary>
    public static ComponentTypes AddMiddleware(this ComponentTypes types) => types
        .Add("middleware.http.uppercase", _ => new UppercaseMiddleware())
        .Add("middleware.http.ratelimit", context => new RateLimitMiddleware(context.Spec, context.Cluster.Time))
        .Add("middleware.http.routeralias", context => new RouterAliasMiddleware(context.Spec, context.Options));
}
