namespace NexusCart.Orders.Checkout;

/// <summary>Why orders are cancelled for reasons that are not the saga's.</summary>
public static class OrderReasons
{
    /// <summary>The saga could not be started for as long as that makes sense.</summary>
    public const string NotStarted = "checkout_not_started";
}
