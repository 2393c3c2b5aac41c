using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>
/// The path of a request as daprd's router sees it. It keeps the escaped text when an escape matters (an encoded slash), and the
/// decoded one otherwise; double slashes, dots and a trailing slash are cleaned. Kestrel's own path cannot tell the two apart.
/// </summary>
public static class RequestPath
{
    /// <summary>Rewrites the request's path for routing; the first middleware of the HTTP API.</summary>
    public static void Clean(HttpContext context)
    {
        var raw = RawPath(context);
        if (!NeedsNoCleaning(raw))
            Route(context);
    }

    /// <summary>Sets the path for routing from the target as it came, or as a middleware made it.</summary>
    public static void Route(HttpContext context)
    {
        var raw = RawPath(context);
        var decoded = PercentEncoding.Decode(raw, plusIsSpace: false) ?? raw;
        var routed = PercentEncoding.EncodePath(decoded) == raw ? decoded : raw;
        context.Request.Path = new PathString(CleanPath(routed));
    }

    /// <summary>The path as it came, escapes untouched, without the query.</summary>
    public static string RawPath(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!target.StartsWith('/'))
        {
            // The absolute form a proxy's client sends: http://host/path.
            var afterScheme = target.IndexOf("://", StringComparison.Ordinal);
            var slash = afterScheme < 0 ? -1 : target.IndexOf('/', afterScheme + "://".Length);
            target = slash < 0 ? "/" : target[slash..];
        }

        var query = target.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? target : target[..query];
    }

    /// <summary>Collapses slashes and resolves <c>.</c> and <c>..</c>; no trailing slash, as Go's path.Clean.</summary>
    public static string CleanPath(string path)
    {
        var kept = new List<string>();
        foreach (var segment in path.Split('/'))
        {
            if (segment is "" or ".")
                continue;
            if (segment != "..")
                kept.Add(segment);
            else if (kept.Count > 0)
                kept.RemoveAt(kept.Count - 1);
        }

        var clean = new StringBuilder(path.Length);
        foreach (var segment in kept)
            clean.Append('/').Append(segment);
        return clean.Length == 0 ? "/" : clean.ToString();
    }

    /// <summary>
    /// The value of a route parameter, decoded as daprd does (a plus sign is a space).
    /// </summary>
    /// <exception cref="DaprApiException">An escape in it is malformed.</exception>
    public static string PathValue(this HttpContext context, string name)
    {
        var value = context.Request.RouteValues[name] as string ?? "";
        return PercentEncoding.Decode(value, plusIsSpace: true)
            ?? throw new DaprApiException(
                "ERR_MALFORMED_REQUEST", $"invalid URL escape in '{value}'", StatusCodes.Status400BadRequest, StatusCode.InvalidArgument);
    }

    // Every API path has a dot (v1.0): only a segment that begins with one can be . or ..
    private static bool NeedsNoCleaning(string raw) =>
        raw.Length > 1
        && raw[^1] != '/'
        && !raw.Contains('%', StringComparison.Ordinal)
        && !raw.Contains("/.", StringComparison.Ordinal)
        && !raw.Contains("//", StringComparison.Ordinal);
}
