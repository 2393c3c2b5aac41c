using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Resiliency;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Bindings;

/// <summary>Hands events of input bindings to the app, in the protocol it speaks.</summary>
internal interface IBindingSender
{
    /// <summary>Whether the app wants the events of a binding.</summary>
    Task<bool> IsTakenAsync(ComponentSpec binding, CancellationToken cancellation);

    /// <summary>Sends an event under a policy; the result is what the app answered.</summary>
    /// <param name="binding">The binding.</param>
    /// <param name="input">The event.</param>
    /// <param name="trace">The trace it begins; null for none.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="cancellation">Cuts it.</param>
    Task<ReadOnlyMemory<byte>> SendAsync(
        ComponentSpec binding, BindingEvent input, TraceContext? trace, ResiliencyPolicy policy, CancellationToken cancellation);
}

/// <summary>The app did not take an event.</summary>
internal sealed class BindingDeliveryException(string message, Exception? cause = null) : Exception(message, cause), IHasStatusCode
{
    /// <inheritdoc/>
    public int? HttpStatusCode { get; init; }

    /// <inheritdoc/>
    public int? GrpcStatusCode { get; init; }
}
