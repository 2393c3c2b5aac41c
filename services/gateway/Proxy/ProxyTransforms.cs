using System.Collections.Frozen;
using System.Text;
using Microsoft.Net.Http.Headers;
using NexusCart.Gateway.Contract;
using NexusCart.Platform;
using NexusCart.Platform.Errors;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace NexusCart.Gateway.Proxy;

/// <summary>What changes on the way to the sidecar and back.</summary>
internal sealed partial class ProxyTransforms(IConfiguration configuration, PageEvictions pages, ILogger<ProxyTransforms> logger) : ITransformProvider
{
    private readonly string? _sidecarToken = configuration["DAPR_API_TOKEN"];

    /// <summary>The cells of orders besides the founding one, from ORDERS_CELLS ("1,2"): each is the app id orders-1, orders-2, …</summary>
    private readonly FrozenSet<string> _cells =
        (configuration["ORDERS_CELLS"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToFrozenSet(StringComparer.Ordinal);

    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        var appId = context.Route.Metadata![ProxyRoutes.AppId];
        context.AddRequestTransform(request =>
        {
            request.ProxyRequest.Headers.TryAddWithoutValidation("dapr-app-id", appId == AppIds.Orders ? CellOf(request.HttpContext) : appId);
            if (_sidecarToken is not null) request.ProxyRequest.Headers.TryAddWithoutValidation("dapr-api-token", _sidecarToken);
            return ValueTask.CompletedTask;
        });
        var isOAuth = context.Route.IsOAuth();
        context.AddResponseTransform(response => JudgeAsync(response, appId, isOAuth));
    }

    /// <summary>The cell that an order's id names, where it is one of orders' own; any cell answers for all, this one is nearest.</summary>
    private string CellOf(HttpContext context)
    {
        if (_cells.Count == 0 || context.Request.RouteValues.GetValueOrDefault("order_id") is not string orderId)
            return AppIds.Orders;
        var end = orderId.IndexOf('-', StringComparison.Ordinal);
        return end > 0 && _cells.Contains(orderId[..end]) ? $"{AppIds.Orders}-{orderId[..end]}" : AppIds.Orders;
    }

    private async ValueTask JudgeAsync(ResponseTransformContext response, string appId, bool isOAuth)
    {
        if (response.ProxyResponse is not { } answer) return;
        var context = response.HttpContext;
        foreach (var name in (ReadOnlySpan<string>)["traceparent", "tracestate", HeaderNames.Server, "dapr-caller-app-id", "dapr-callee-app-id"])
            context.Response.Headers.Remove(name);

        if (context.Request.IsRpc()) return; // The status is in the trailers, and it is the service's own.
        if (Fault(answer, appId, isOAuth) is { } problem)
        {
            response.SuppressResponseBody = true;
            LogFault(logger, context.Request.Method, context.Request.Path, appId, (int)answer.StatusCode, await ExcerptAsync(answer, response.CancellationToken));
            context.Response.Headers.ContentEncoding = default;
            await problem.WriteAsync(context);
            return;
        }
        if (IsKnownToCaller(context, answer))
        {
            response.SuppressResponseBody = true;
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            context.Response.Headers.ContentLength = null;
            return;
        }
        PagePolicy.Shorten(context, pages);
        // What one customer sees must not stay in a cache on the way to the next.
        if (context.PublicRpc() is { Access: not Access.Anonymous }) context.Response.Headers.CacheControl = "no-store";
    }

    /// <summary>
    /// Whether the caller has just this page already. Pages for everybody are compared in the output cache: what is answered 304 here
    /// is not kept, and would be fetched anew each time.
    /// </summary>
    private static bool IsKnownToCaller(HttpContext context, HttpResponseMessage answer) =>
        context.PublicRpc() is { Cacheable: true } && context.Request.Headers.Authorization.Count > 0
        && answer.Headers.ETag is { } tag && context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Tag == tag.Tag);

    /// <summary>Answers that did not come from the service: its errors are problem documents and its answers have a content type.</summary>
    private static Problem? Fault(HttpResponseMessage answer, string appId, bool isOAuth)
    {
        var type = answer.Content.Headers.ContentType?.MediaType;
        var status = (int)answer.StatusCode;
        if (status == StatusCodes.Status200OK && type is null)
            return new Problem(StatusCodes.Status502BadGateway, $"The answer of {appId} was empty; whether the request was carried out is unknown.");
        return status < 400 || type == Problem.ContentType || (isOAuth && status is 400 or 401 or 403) ? null
            : new Problem(StatusCodes.Status503ServiceUnavailable, $"{appId} cannot be reached at the moment.") { RetryAfter = TimeSpan.FromSeconds(1) };
    }

    /// <summary>The beginning of what came instead of an answer: for the log, never for the client.</summary>
    private static async Task<string> ExcerptAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var buffer = new byte[512];
        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
            return Encoding.UTF8.GetString(buffer.AsSpan(0, await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken)));
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException)
        {
            return fault.Message;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} {Path}: {AppId} was not reached, its place answered {Status}: {Excerpt}")]
    private static partial void LogFault(ILogger logger, string method, string path, string appId, int status, string excerpt);
}
