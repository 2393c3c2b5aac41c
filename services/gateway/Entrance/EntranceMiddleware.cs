using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using NexusCart.Platform;
using NexusCart.Platform.Errors;

namespace NexusCart.Gateway.Entrance;

/// <summary>What happens to every request from outside before anything looks at it.</summary>
internal sealed class EntranceMiddleware(RequestDelegate next)
{
    /// <summary>The longest body read only to be thrown away, in bytes; a longer one costs its sender the connection.</summary>
    private const long MostThrownAway = 64L * 1024 * 1024;

    /// <summary>Headers that speak in the shop's own name: from outside they are lies, or at best noise.</summary>
    private static readonly string[] Insiders =
    [
        "dapr-", "nexus-", "forwarded", "x-forwarded-", "x-real-ip", "x-original-", "traceparent", "tracestate", "baggage", "grpc-trace-bin",
    ];

    public Task InvokeAsync(HttpContext context)
    {
        if (!context.IsPublic()) return next(context);
        Strip(context.Request.Headers);
        Harden(context.Response.Headers);
        // The sidecar would refuse it as none of the shop's services does; no name in the shop has any.
        if (context.Request.Path.Value is { } path && path.Any(char.IsControl))
            return new Problem(StatusCodes.Status400BadRequest, "The path has a control character.").WriteAsync(context);
        return context.Request.ContentLength > NexusDefaults.MaxRequestBytes ? RefuseAsync(context) : next(context);
    }

    /// <summary>
    /// Answers, then reads on and throws away: a client that is still sending when the connection closes never sees the answer. One that
    /// asked first (Expect: 100-continue) has it already, and reading would invite the body.
    /// </summary>
    private static async Task RefuseAsync(HttpContext context)
    {
        await new Problem(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {NexusDefaults.MaxRequestBytes:N0} bytes.").WriteAsync(context);
        await context.Response.CompleteAsync();
        if (context.Request.ContentLength > MostThrownAway || context.Request.Headers.ContainsKey(HeaderNames.Expect)) return;

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
    }

    private static void Strip(IHeaderDictionary headers)
    {
        List<string>? found = null;
        foreach (var (name, _) in headers)
        {
            if (SpeaksForUs(name)) (found ??= []).Add(name);
        }
        foreach (var name in found ?? []) headers.Remove(name);
    }

    private static bool SpeaksForUs(string name)
    {
        foreach (var prefix in Insiders)
        {
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return true;
        }
        return false;
    }

    private static void Harden(IHeaderDictionary headers)
    {
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
    }
}
