namespace NexusCart.Sidecar.Resources;

/// <summary>A resource, configuration or run file that cannot be used; the message names file, line and key.</summary>
public sealed class ResourceException : Exception
{
    /// <param name="message">What is wrong and where.</param>
    public ResourceException(string message)
        : base(message)
    {
    }

    /// <param name="message">What is wrong and where.</param>
    /// <param name="inner">What the reader said.</param>
    public ResourceException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
