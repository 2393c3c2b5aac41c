namespace NexusCart.Workflows.Checkout;

/// <summary>Why a saga does not go on.</summary>
/// <param name="Reason">Machine-readable: one of <see cref="CheckoutReasons"/> or a decline code.</param>
/// <param name="Detail">For people.</param>
internal sealed record StopReason(string Reason, string Detail);
