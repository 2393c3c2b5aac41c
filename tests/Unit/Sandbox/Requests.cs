using Stripe;

namespace NexusCart.Tests.Unit.Sandbox;

/// <summary>The requests the payment service makes, as short words.</summary>
internal static class Requests
{
    public static PaymentIntentCreateOptions Authorize(string card, long amount = 1_999, string? paymentId = null, string currency = "eur") => new()
    {
        Amount = amount,
        Currency = currency,
        CaptureMethod = "manual",
        Confirm = true,
        PaymentMethod = card,
        AllowedPaymentMethodTypes = ["card"],
        ReturnUrl = "http://127.0.0.1:8080/checkout/return",
        Metadata = new() { ["payment_id"] = paymentId ?? Guid.CreateVersion7().ToString("N") },
    };

    public static RequestOptions Key(string key) => new() { IdempotencyKey = key };

    public static string NewId() => Guid.CreateVersion7().ToString("N");
}
