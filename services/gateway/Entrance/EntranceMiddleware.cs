using NexusCart.Platform;
using NexusCart.Platform.Errors;

namespace NexusCart.Gateway.Entrance;

/// <summary>What happens to every request from outside before anything looks at it.</summary>
internal sealed class EntranceMiddleware(RequestDelegate next)
{
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
        return context.Request.ContentLength > NexusDefaults.MaxRequestBytes
            ? new Problem(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {NexusDefaults.MaxRequestBytes:N0} bytes.").WriteAsync(context)
            : next(context);
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
