using NexusCart.Workflows.Checkout;

namespace NexusCart.Orders.Checkout;

/// <summary>A saga that is to be started, as it waits in its order's shard.</summary>
/// <param name="PlacedAt">When the order was placed.</param>
/// <param name="Input">What the saga is started with.</param>
public sealed record CheckoutStart(DateTimeOffset PlacedAt, CheckoutInput Input)
{
    /// <summary>What tells it from a public event. Never published.</summary>
    public const string Type = "checkout.start";
}
