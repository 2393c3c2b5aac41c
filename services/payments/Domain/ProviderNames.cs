namespace NexusCart.Payments.Domain;

/// <summary>The payment providers.</summary>
public static class ProviderNames
{
    /// <summary>Stripe, or what speaks its API.</summary>
    public const string Stripe = "stripe";

    /// <summary>PayPal, or what speaks its API. Also the token of the payment method: the customer signs in there.</summary>
    public const string PayPal = "paypal";

    /// <summary>Whose a payment method is, by its token: <c>paypal</c>, or one of Stripe's like <c>pm_card_visa</c>.</summary>
    public static string Of(string paymentMethod) => paymentMethod == PayPal ? PayPal : Stripe;
}
