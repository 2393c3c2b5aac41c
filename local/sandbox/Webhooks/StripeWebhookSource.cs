using NexusCart.Sandbox.Http;
using NexusCart.Sandbox.Storage;

namespace NexusCart.Sandbox.Webhooks;

/// <summary>Stripe's events on their way out.</summary>
public sealed class StripeWebhookSource : IWebhookSource
{
    private readonly Ledger _ledger;
    private readonly StripeJson _json;
    private readonly SandboxOptions _options;

    /// <summary>Listens to the ledger.</summary>
    public StripeWebhookSource(Ledger ledger, StripeJson json, SandboxOptions options)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        (_ledger, _json, _options) = (ledger, json, options);
        ledger.EventRaised += raised => Raised?.Invoke(Outgoing(raised));
    }

    /// <inheritdoc/>
    public event Action<OutgoingEvent>? Raised;

    /// <inheritdoc/>
    public string Provider => Providers.Stripe;

    /// <inheritdoc/>
    public IReadOnlyList<OutgoingEvent> Pending() =>
        _ledger.Read(state => state.EventOrder.Select(id => state.Events[id]).Where(e => e.Entry.Endpoints.Count > 0).Select(Outgoing).ToList());

    /// <inheritdoc/>
    public HttpRequestMessage? Request(string eventId, string endpoint, DateTimeOffset now)
    {
        if (_ledger.FindEvent(eventId) is not { } stored)
            return null;
        var body = StripeJson.Bytes(writer => _json.Write(writer, stored));
        var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json") { CharSet = "utf-8" };
        request.Headers.TryAddWithoutValidation("Stripe-Signature", WebhookSignature.Header(body, _options.WebhookSecrets, now));
        request.Headers.TryAddWithoutValidation("User-Agent", "Stripe/1.0 (NexusCart sandbox)");
        return request;
    }

    /// <inheritdoc/>
    public void MarkDelivered(string eventId, string endpoint) => _ledger.MarkDelivered(eventId, endpoint);

    private OutgoingEvent Outgoing(StoredEvent stored) => new(this, stored.Entry.Id, stored.Entry.Type, stored.Created, stored.Entry.Endpoints);
}
