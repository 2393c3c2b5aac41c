using System.Text;
using NexusCart.Sandbox.PayPal.Storage;
using NexusCart.Sandbox.Webhooks;

namespace NexusCart.Sandbox.PayPal.Webhooks;

/// <summary>PayPal's events on their way out.</summary>
public sealed class PayPalWebhookSource : IWebhookSource
{
    private readonly PayPalLedger _ledger;
    private readonly PayPalSigner _signer;

    /// <summary>Listens to the ledger.</summary>
    public PayPalWebhookSource(PayPalLedger ledger, PayPalSigner signer)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        (_ledger, _signer) = (ledger, signer);
        ledger.EventRaised += raised => Raised?.Invoke(Outgoing(raised));
    }

    /// <inheritdoc/>
    public event Action<OutgoingEvent>? Raised;

    /// <inheritdoc/>
    public string Provider => Providers.PayPal;

    /// <inheritdoc/>
    public IReadOnlyList<OutgoingEvent> Pending() =>
        _ledger.Read(state => state.EventOrder.Select(id => state.Events[id]).Where(e => e.Endpoints.Count > 0).Select(Outgoing).ToList());

    /// <inheritdoc/>
    public HttpRequestMessage? Request(string eventId, string endpoint, DateTimeOffset now)
    {
        if (_ledger.Read(state => state.Events.GetValueOrDefault(eventId)) is not { } stored)
            return null;
        var body = Encoding.UTF8.GetBytes(stored.Body);
        var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.TryAddWithoutValidation("User-Agent", "PayPal/AUHD-1.0 (NexusCart sandbox)");
        _signer.Sign(request, body, now);
        return request;
    }

    /// <inheritdoc/>
    public void MarkDelivered(string eventId, string endpoint) => _ledger.MarkDelivered(eventId, endpoint);

    private OutgoingEvent Outgoing(PayPalEvent stored) => new(this, stored.Id, stored.Type, stored.Created, stored.Endpoints);
}
