namespace NexusCart.Sidecar.Invocation;

/// <summary>The target could not be reached or must not be; the message is what daprd puts behind <c>err:</c>.</summary>
internal sealed class InvocationException : Exception
{
    public InvocationException(string message)
        : base(message)
    {
    }

    public InvocationException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Whether the target's access control refused the call.</summary>
    public bool IsDenied { get; private init; }

    /// <summary>A call that the target's access control refuses.</summary>
    public static InvocationException Denied(string reason) => new("rpc error: code = PermissionDenied desc = " + reason) { IsDenied = true };

    /// <summary>A failure that the target's sidecar reports over its internal API.</summary>
    public static InvocationException Remote(string description, Exception? inner = null) => inner is null
        ? new InvocationException("rpc error: code = Internal desc = " + description)
        : new InvocationException("rpc error: code = Internal desc = " + description, inner);
}
