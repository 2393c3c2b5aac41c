using Grpc.Core;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>Health and shutdown of the sidecar itself.</summary>
internal static class HealthEndpoints
{
    /// <summary>Maps the routes.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1.0/healthz", (RequestDelegate)HealthAsync);
        routes.MapGet("/v1.0/healthz/outbound", (RequestDelegate)OutboundAsync);
        routes.MapPost("/v1.0/shutdown", (RequestDelegate)ShutdownAsync);
    }

    private static Task HealthAsync(HttpContext context)
    {
        var services = context.RequestServices;
        if (!services.GetRequiredService<SidecarStatus>().OutboundReady || !services.GetRequiredService<AppMonitor>().IsListening)
            throw NotReady("ERR_HEALTH_NOT_READY", "dapr is not ready: [grpc-api-server app]");
        if (context.Request.Query.TryGetValue("appid", out var appId) && appId[0] != services.GetRequiredService<SidecarOptions>().AppId)
            throw NotReady("ERR_HEALTH_APPID_NOT_MATCH", "dapr app-id does not match");
        return context.Response.NoContentAsync();
    }

    private static Task OutboundAsync(HttpContext context) =>
        context.RequestServices.GetRequiredService<SidecarStatus>().OutboundReady
            ? context.Response.NoContentAsync()
            : throw NotReady("ERR_OUTBOUND_HEALTH_NOT_READY", "dapr outbound is not ready");

    private static Task ShutdownAsync(HttpContext context)
    {
        var force = bool.TryParse(context.Request.Headers["dapr-force-shutdown"], out var flag) && flag;
        var status = context.RequestServices.GetRequiredService<SidecarStatus>();
        context.Response.OnCompleted(() =>
        {
            status.RequestShutdown(force);
            return Task.CompletedTask;
        });
        return context.Response.NoContentAsync();
    }

    private static DaprApiException NotReady(string code, string message) =>
        new(code, message, StatusCodes.Status500InternalServerError, StatusCode.Internal);
}
