using System.Collections.Frozen;
using System.Net;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Sidecar.Invocation;

/// <summary>Which headers travel between caller and app, and which ones the sidecar stamps.</summary>
internal static class InvocationHeaders
{
    private const string CallerHeader = "dapr-caller-app-id";
    private const string CallerNamespaceHeader = "dapr-caller-namespace";
    private const string CalleeHeader = "dapr-callee-app-id";
    private const string BinarySuffix = "-bin";

    private static readonly FrozenSet<string> HopByHop = new[]
    {
        "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer",
        "transfer-encoding", "upgrade", "http2-settings", "content-length", "host", "expect",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // Headers of HTTP itself, which go into gRPC's under a prefix.
    private static readonly FrozenSet<string> Permanent = new[]
    {
        "accept", "accept-charset", "accept-language", "accept-ranges", "cache-control", "content-type", "cookie", "date", "from",
        "if-match", "if-modified-since", "if-none-match", "if-schedule-tag-match", "if-unmodified-since", "max-forwards", "origin",
        "pragma", "referer", "via", "warning",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> Own = new[]
    {
        "dapr-app-id", "destination-app-id", TraceContext.ParentHeader, TraceContext.StateHeader,
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly Lazy<string> HostName = new(Dns.GetHostName);

    /// <summary>Whether the header belongs to one connection only.</summary>
    public static bool IsHopByHop(string name) => HopByHop.Contains(name);

    /// <summary>The headers that a <c>Connection</c> header says belong to this connection only (RFC 7230 section 6.1).</summary>
    public static IReadOnlySet<string> Nominated(IEnumerable<string?> connection)
    {
        HashSet<string>? names = null;
        foreach (var value in connection)
        {
            if (value is { Length: > 0 })
                (names ??= new(StringComparer.OrdinalIgnoreCase)).UnionWith(value.Split(',', StringSplitOptions.TrimEntries));
        }

        return names is null ? FrozenSet<string>.Empty : names;
    }

    /// <summary>The name an HTTP header goes into gRPC metadata under.</summary>
    public static string MetadataNameOf(string header) => Permanent.Contains(header) ? "dapr-" + header : header;

    /// <summary>The name a header goes on under: those that gRPC keeps for itself get a prefix of Dapr's.</summary>
    public static string NameOf(string header) =>
        header.StartsWith("grpc-", StringComparison.OrdinalIgnoreCase) ? "dapr-" + header : header;

    /// <summary>The headers of a caller that go on to the app.</summary>
    public static List<KeyValuePair<string, string[]>> Passing(IHeaderDictionary headers)
    {
        var passing = new List<KeyValuePair<string, string[]>>(headers.Count);
        var nominated = Nominated(headers.Connection);
        foreach (var (name, values) in headers)
        {
            if (!IsHopByHop(name) && !nominated.Contains(name) && !Own.Contains(name) && !name.StartsWith(':') && !name.EndsWith(BinarySuffix, StringComparison.OrdinalIgnoreCase))
                passing.Add(new(name, values.ToArray()!));
        }

        return passing;
    }

    /// <summary>Puts the caller's headers and the trace onto a request to the app.</summary>
    public static void Copy(InvocationRequest request, HttpRequestMessage message)
    {
        foreach (var (given, values) in request.Headers)
        {
            var name = NameOf(given);
            if (message.Headers.TryAddWithoutValidation(name, values))
                continue;
            message.Content ??= new ByteArrayContent([]);
            message.Content.Headers.TryAddWithoutValidation(name, values);
        }

        request.Trace.Apply(message);
    }

    /// <summary>Adds what a call from another app's sidecar brings: who calls whom, and by which way it came.</summary>
    public static void StampRemote(HttpRequestMessage message, Hosting.Sidecar caller, Hosting.Sidecar callee)
    {
        StampCaller(message, caller, callee);
        var address = caller.Options.AppChannelAddress;
        message.Headers.TryAddWithoutValidation("X-Forwarded-For", address);
        message.Headers.TryAddWithoutValidation("X-Forwarded-Host", HostName.Value);
        message.Headers.TryAddWithoutValidation("Forwarded", $"for={address};by={address};host={HostName.Value}");
    }

    /// <summary>
    /// Says who calls whom. daprd leaves a caller's own claims in place beside the truth; here they are replaced, unless strict.
    /// </summary>
    public static void StampCaller(HttpRequestMessage message, Hosting.Sidecar caller, Hosting.Sidecar callee)
    {
        var replace = !caller.Options.Strict;
        Stamp(message, CallerHeader, caller.Options.AppId, replace);
        Stamp(message, CallerNamespaceHeader, AppIds.NamespaceOf(caller.Options), replace: true);
        Stamp(message, CalleeHeader, callee.Options.AppId, replace);
    }

    private static void Stamp(HttpRequestMessage message, string name, string value, bool replace)
    {
        if (replace)
            message.Headers.Remove(name);
        message.Headers.TryAddWithoutValidation(name, value);
    }
}
