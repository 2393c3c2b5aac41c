using System.Diagnostics;
using Microsoft.AspNetCore.WebUtilities;
using NexusCart.Sidecar.Api.Http;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Sidecar.Tracing;

/// <summary>A span around every call of the API but health, over both protocols; what is called on continues it.</summary>
internal static class TraceMiddleware
{
    private const string AppIdHeader = "dapr-app-id";
    private const string UserPrefix = "dapr-";
    private const string BinarySuffix = "-bin";

    /// <summary>Adds it, when the configuration says anything about traces.</summary>
    public static void UseTracing(this WebApplication app, Hosting.Sidecar sidecar)
    {
        if (sidecar.Resources.Configuration.Tracing is null)
            return;
        var (tracing, grpcPort) = (sidecar.Tracing, sidecar.Options.GrpcPort);
        app.Use((context, next) => context.Request.Path.Value!.Contains("/healthz", StringComparison.Ordinal)
            ? next(context)
            : TraceAsync(context, next, tracing, isGrpc: context.Connection.LocalPort == grpcPort));
    }

    private static async Task TraceAsync(HttpContext context, RequestDelegate next, SidecarTracing tracing, bool isGrpc)
    {
        var request = context.Request;
        var path = request.Path.Value!;
        using var leg = tracing.Start(path, ActivityKind.Client, request.Headers.TraceParent, request.Headers.TraceState);
        context.Features.Set(leg.Trace);
        if (leg.Span is not { } span)
        {
            await next(context);
            return;
        }

        context.Features.Set(span);
        try
        {
            await next(context);
        }
        finally
        {
            AddUserHeaders(span, request.Headers);
            if (isGrpc)
                DescribeRpc(span, path);
            else
                DescribeHttp(span, context);
        }
    }

    private static void DescribeRpc(Activity span, string path)
    {
        span.SetTag("dapr.protocol", "grpc");
        span.SetTag("dapr.api", path);
    }

    private static void DescribeHttp(Activity span, HttpContext context)
    {
        var (request, status) = (context.Request, context.Response.StatusCode);
        var path = request.Path.Value!;
        ApiSpans.DescribeHttp(span, request.Method, path, request.Headers[AppIdHeader].FirstOrDefault());
        span.SetTag("dapr.protocol", "http");
        span.SetTag("dapr.api", $"{request.Method} {path}");
        span.SetTag("dapr.status_code", status);
        span.SetTag("http.request.method", request.Method);
        span.SetTag("url.full", RequestPath.RawPath(context) + request.QueryString);
        span.SetTag("server.address", context.Connection.RemoteIpAddress?.ToString());
        span.SetTag("server.port", context.Connection.RemotePort);
        if (status >= StatusCodes.Status400BadRequest)
            span.SetStatus(ActivityStatusCode.Error, $"Code({status}): {ReasonPhrases.GetReasonPhrase(status)}");
    }

    // Headers of the caller's own that he wants to find again.
    private static void AddUserHeaders(Activity span, IHeaderDictionary headers)
    {
        foreach (var (name, values) in headers)
        {
            var key = name.ToLowerInvariant();
            if (key.StartsWith(UserPrefix, StringComparison.Ordinal) && !key.EndsWith(BinarySuffix, StringComparison.Ordinal) && key != "dapr-api-token")
                span.SetTag(key, values[^1]);
        }
    }
}
