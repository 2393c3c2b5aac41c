namespace NexusCart.Sidecar.Invocation;

/// <summary>Whom an invocation is for.</summary>
internal abstract record InvocationTarget
{
    private InvocationTarget()
    {
    }

    /// <summary>An app of this process; <paramref name="IsSelf"/> when it is the caller's own.</summary>
    public sealed record App(Hosting.Sidecar Sidecar, bool IsSelf) : InvocationTarget;

    /// <summary>A service outside of Dapr: a declared endpoint or a URL.</summary>
    /// <param name="BaseUrl">Scheme, host and perhaps a path.</param>
    /// <param name="Headers">Headers of the declaration.</param>
    /// <param name="IsDeclared">Whether a resource file names it; else the caller did.</param>
    public sealed record External(string BaseUrl, IReadOnlyList<KeyValuePair<string, string>> Headers, bool IsDeclared) : InvocationTarget;
}
