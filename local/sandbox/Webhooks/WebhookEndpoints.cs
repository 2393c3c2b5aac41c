namespace NexusCart.Sandbox.Webhooks;

/// <summary>Where events are posted, and which.</summary>
public sealed class WebhookEndpoints(SandboxOptions options)
{
    // What an endpoint of this shop is registered for; all other types are only in the event list.
    private static readonly HashSet<string> StripeTypes = new(StringComparer.Ordinal)
    {
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
        "payment_intent.requires_action",
        "payment_intent.amount_capturable_updated",
        "charge.refunded",
        "charge.dispute.created",
        "charge.dispute.closed",
        "refund.created",
        "refund.updated",
        "refund.failed",
    };

    private volatile string[] _stripe = [.. options.WebhookUrls.Select(url => url.AbsoluteUri)];
    private volatile string[] _payPal = [.. options.PayPalWebhookUrls.Select(url => url.AbsoluteUri)];

    /// <summary>All endpoints of a provider.</summary>
    public IReadOnlyList<string> Urls(string provider) => provider == Providers.PayPal ? _payPal : _stripe;

    /// <summary>The endpoints that get events of a type.</summary>
    public IReadOnlyList<string> SubscribersOf(string provider, string type) =>
        provider == Providers.PayPal || StripeTypes.Contains(type) ? Urls(provider) : [];

    /// <summary>Names a provider's endpoints anew, for events from now on.</summary>
    public void Replace(string provider, IEnumerable<Uri> urls)
    {
        string[] named = [.. urls.Select(url => url.AbsoluteUri)];
        if (provider == Providers.PayPal)
            _payPal = named;
        else
            _stripe = named;
    }
}
