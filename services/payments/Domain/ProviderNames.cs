namespace NexusCart.Payments.Domain;

/// <summary>The payment providers.</summary>
public static class ProviderNames
{
    /// <summary>Stripe, or what speaks its API.</summary>
    public const string Stripe = "stripe";
}
