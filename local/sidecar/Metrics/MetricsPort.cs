using System.Net;

namespace NexusCart.Sidecar.Metrics;

/// <summary>The port Prometheus reads: any path answers with all metrics, as with daprd.</summary>
internal static class MetricsPort
{
    private const string TextFormat = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Answers on the port and lets all others pass.</summary>
    public static void UseMetricsPort(this WebApplication app, int port, SidecarMetrics metrics) => app.Use((context, next) =>
    {
        if (context.Connection.LocalPort != port)
            return next(context);
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = (int)HttpStatusCode.MethodNotAllowed;
            return Task.CompletedTask;
        }

        context.Response.ContentType = TextFormat;
        return metrics.WriteAsync(context.Response.Body, context.RequestAborted);
    });
}
