namespace NexusCart.Sandbox.Webhooks;

/// <summary>Where events are posted, and which.</summary>
public sealed class WebhookEndpoints(SandboxOptions options)
{
    // What an endpoint of this shop is registered for; all other types are only in the event list.
    private static readonly HashSet<string> Enabled = new(StringComparer.Ordinal)
    {
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
        "payment_intent.requires_action",
        "payment_intent.amount_capturable_updated",
        "charge.refunded",
        "refund.created",
        "refund.updated",
        "refund.failed",
    };

    private volatile string[] _urls = [.. options.WebhookUrls.Select(url => url.AbsoluteUri)];

    /// <summary>All endpoints.</summary>
    public IReadOnlyList<string> Urls => _urls;

    /// <summary>The endpoints that get events of a type.</summary>
    public IReadOnlyList<string> SubscribersOf(string type) => Enabled.Contains(type) ? _urls : [];

    /// <summary>Names the endpoints anew, for events from now on.</summary>
    public void Replace(IEnumerable<Uri> urls) => _urls = [.. urls.Select(url => url.AbsoluteUri)];
}
