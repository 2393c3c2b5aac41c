using System.Globalization;
using System.Security.Cryptography;
using NexusCart.Sandbox.PayPal.Http;
using NexusCart.Sandbox.PayPal.Orders;
using NexusCart.Sandbox.Webhooks;

namespace NexusCart.Sandbox.PayPal.Storage;

/// <summary>Runs operations on orders: makes the change durable together with the events it causes and the answer it gives.</summary>
public sealed class PayPalBook(PayPalLedger ledger, WebhookEndpoints endpoints, PayPalJson json, SandboxOptions options)
{
    /// <summary>Runs one operation.</summary>
    /// <param name="operation">The rules; a thrown <see cref="PayPalException"/> changes nothing.</param>
    /// <param name="keep">The answer to keep for replays, when it succeeds.</param>
    public OrderChange Apply(Func<PayPalState, DateTimeOffset, OrderChange> operation, Func<OrderChange, DateTimeOffset, PayPalKept?>? keep = null)
    {
        ArgumentNullException.ThrowIfNull(operation);
        return ledger.Execute((state, now) =>
        {
            var change = operation(state, now);
            var kept = change.Error is null ? keep?.Invoke(change, now) : null;
            var same = change.Events.Count == 0 && state.Orders.TryGetValue(change.Order.Id, out var before) && ReferenceEquals(before, change.Order);
            if (same && kept is null)
                return (change, null);
            var commit = new PayPalCommit
            {
                At = now,
                Order = same ? null : change.Order,
                Events = change.Events.Count == 0 ? null : [.. change.Events.Select(told => Render(change.Order, told, now))],
                Kept = kept,
            };
            return (change, (PayPalCommit?)commit);
        });
    }

    /// <summary>The world as an operation on an order sees it.</summary>
    public OrderContext ContextOf(PayPalState state, PayPalOrder order, DateTimeOffset now, string? invoiceId = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(order);
        return new(now, options.RefundSettlesAfter, state.IsInvoiceUsed(invoiceId ?? order.Unit.InvoiceId, order.Id));
    }

    private PayPalEvent Render(PayPalOrder order, OrderEvent told, DateTimeOffset now)
    {
        var id = $"WH-{PayPalNames.NewId()}-{RandomNumberGenerator.GetInt32(1_000_000, 9_999_999).ToString(CultureInfo.InvariantCulture)}";
        var body = PayPalJson.Text(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("id", id);
            writer.WriteString("event_version", "1.0");
            writer.WriteString("create_time", PayPalJson.Time(now));
            writer.WriteString("resource_type", told.Kind switch
            {
                ResourceKind.Order => "checkout-order",
                ResourceKind.Authorization => "authorization",
                ResourceKind.Capture => "capture",
                _ => "refund",
            });
            writer.WriteString("resource_version", "2.0");
            writer.WriteString("event_type", told.Type);
            writer.WriteString("summary", $"{told.Type} for {order.Unit.Amount.Currency} {order.Unit.Amount.Value}");
            writer.WritePropertyName("resource");
            json.Write(writer, order, told.Kind, told.Id, whole: true);
            writer.WriteStartArray("links");
            writer.WriteEndArray();
            writer.WriteEndObject();
        });
        return new(id, told.Type, now, body) { Endpoints = endpoints.SubscribersOf(Providers.PayPal, told.Type) };
    }
}
