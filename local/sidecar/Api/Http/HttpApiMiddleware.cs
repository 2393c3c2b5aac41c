using System.Diagnostics;
using Grpc.Core;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Metrics;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>What surrounds every HTTP call: the clean path, the trace header of the answer, and errors as the API writes them.</summary>
internal static class HttpApiMiddleware
{
    private const string HealthPath = "/v1.0/healthz";

    /// <summary>Adds it for the HTTP port; gRPC calls pass by.</summary>
    public static void UseHttpApi(this WebApplication app, Hosting.Sidecar sidecar)
    {
        var (options, metrics) = (sidecar.Options, sidecar.Metrics);
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("http");
        if (options.EnableApiLogging || app.Services.GetRequiredService<RuntimeConfiguration>().ApiLogging == true)
            app.Use((context, next) => LogAsync(context, next, app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("http-info"), options));
        app.Use((context, next) => context.Connection.LocalPort == options.GrpcPort ? next(context) : HandleAsync(context, next, metrics, logger));
    }

    // The path as it came, without the query: that may hold what is nobody's business.
    private static async Task LogAsync(HttpContext context, RequestDelegate next, ILogger logger, SidecarOptions options)
    {
        var began = Stopwatch.GetTimestamp();
        var call = $"{context.Request.Method} {RequestPath.RawPath(context)}";
        await next(context);
        logger.LogInformation(
            "{Protocol} API Called method=\"{Method}\" code={Code} duration={Duration:0}",
            context.Connection.LocalPort == options.GrpcPort ? "gRPC" : "HTTP",
            call,
            context.Response.StatusCode,
            Stopwatch.GetElapsedTime(began).TotalMilliseconds);
    }

    private static async Task HandleAsync(HttpContext context, RequestDelegate next, SidecarMetrics? metrics, ILogger logger)
    {
        var started = Stopwatch.GetTimestamp();
        RequestPath.Clean(context);
        if (!context.Request.Path.StartsWithSegments(HealthPath, StringComparison.Ordinal))
            context.Response.Headers.TraceParent = TraceContext.Of(context).TraceParent;
        try
        {
            await next(context);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested)
        {
            logger.LogDebug(e, "the caller of {Path} went away", context.Request.Path);
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            var error = e as DaprApiException ?? Unexpected(e, context, logger);
            metrics?.Errors?.Answered(error.ErrorCode);
            var trace = context.Response.Headers.TraceParent;
            context.Response.Clear();
            context.Response.Headers.TraceParent = trace;
            await HttpErrors.WriteAsync(context, error);
        }
        finally
        {
            metrics?.Http.Served(
                context.Request.Method,
                context.Request.Path.Value ?? "",
                context.Response.StatusCode,
                context.Request.ContentLength ?? 0,
                context.Response.ContentLength ?? context.Features.Get<RelayedBody>()?.Bytes ?? 0,
                started);
        }
    }

    private static DaprApiException Unexpected(Exception e, HttpContext context, ILogger logger)
    {
        if (e is BodyTooLargeException)
            return new DaprApiException("ERR_BODY_READ", "failed to read request body: " + e.Message, StatusCodes.Status400BadRequest, StatusCode.InvalidArgument);
        if (e is BadHttpRequestException)
            return new DaprApiException("ERR_BODY_READ", "failed to read request body: " + e.Message, StatusCodes.Status400BadRequest, StatusCode.InvalidArgument);
        logger.LogError(e, "{Method} {Path} failed", context.Request.Method, context.Request.Path);
        return new DaprApiException("ERR_INTERNAL", e.Message, StatusCodes.Status500InternalServerError, StatusCode.Internal);
    }
}
