using NexusCart.Sandbox.Intents;

namespace NexusCart.Sandbox.Http;

/// <summary>A request refused before it was executed.</summary>
public sealed class ApiException(ApiError error) : Exception(error.Message)
{
    /// <summary>What the caller is told.</summary>
    public ApiError Error { get; } = error;
}
