using System.Collections.Frozen;

namespace NexusCart.Sidecar.Invocation;

/// <summary>Which headers travel between caller and app, and which ones the sidecar stamps.</summary>
internal static class InvocationHeaders
{
    private static readonly FrozenSet<string> HopByHop = new[]
    {
        "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer",
        "transfer-encoding", "upgrade", "content-length", "host",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the header belongs to one connection only.</summary>
    public static bool IsHopByHop(string name) => HopByHop.Contains(name);

    /// <summary>Says on a call to another app who calls whom; the caller's own word on it is replaced.</summary>
    public static void StampCaller(HttpRequestMessage request, Hosting.Sidecar caller, Hosting.Sidecar target)
    {
        if (ReferenceEquals(caller, target))
            return;
        Set(request, "dapr-caller-app-id", caller.Options.AppId);
        Set(request, "dapr-caller-namespace", AppIds.NamespaceOf(caller.Options));
        Set(request, "dapr-callee-app-id", target.Options.AppId);
    }

    private static void Set(HttpRequestMessage request, string name, string value)
    {
        request.Headers.Remove(name);
        request.Headers.TryAddWithoutValidation(name, value);
    }
}
