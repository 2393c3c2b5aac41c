using NexusCart.Sidecar.Resiliency;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Bindings;

/// <summary>Hands events of input bindings to the app, in the protocol it speaks.</summary>
internal interface IBindingSender
{
    /// <summary>Whether the app wants the events of a binding.</summary>
    Task<bool> IsTakenAsync(ComponentSpec binding, CancellationToken cancellation);

    /// <summary>Sends an event under a policy; the result is what the app answered.</summary>
    Task<ReadOnlyMemory<byte>> SendAsync(ComponentSpec binding, BindingEvent input, ResiliencyPolicy policy, CancellationToken cancellation);
}

/// <summary>The app did not take an event.</summary>
internal sealed class BindingDeliveryException(string message, Exception? cause = null) : Exception(message, cause), IHasStatusCode
{
    /// <inheritdoc/>
    public int? HttpStatusCode { get; init; }

    /// <inheritdoc/>
    public int? GrpcStatusCode { get; init; }
}
