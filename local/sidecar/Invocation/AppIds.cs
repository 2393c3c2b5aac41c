using NexusCart.Sidecar.Hosting;

namespace NexusCart.Sidecar.Invocation;

/// <summary>App ids as callers write them: <c>name</c> or <c>name.namespace</c>.</summary>
internal static class AppIds
{
    /// <summary>What daprd calls the namespace when none is set.</summary>
    private const string DefaultNamespace = "default";

    /// <summary>The name without a namespace; URLs stay as they are.</summary>
    public static string WithoutNamespace(string appId)
    {
        var dot = appId.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 || appId.Contains('/', StringComparison.Ordinal) ? appId : appId[..dot];
    }

    /// <summary>The namespace as other apps see it.</summary>
    public static string NamespaceOf(SidecarOptions options) => options.Namespace.Length > 0 ? options.Namespace : DefaultNamespace;
}
