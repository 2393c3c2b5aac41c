namespace NexusCart.Sandbox;

/// <summary>The providers this sandbox stands in for, by the names of the control plane.</summary>
public static class Providers
{
    /// <summary>Stripe.</summary>
    public const string Stripe = "stripe";

    /// <summary>PayPal.</summary>
    public const string PayPal = "paypal";

    /// <summary>The shop's id of a payment: Stripe's metadata, PayPal's <c>custom_id</c>.</summary>
    public const string PaymentIdKey = "payment_id";
}
