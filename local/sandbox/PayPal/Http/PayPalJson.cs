using System.Globalization;
using System.Text;
using System.Text.Json;
using NexusCart.Sandbox.Http;
using NexusCart.Sandbox.PayPal.Orders;

namespace NexusCart.Sandbox.PayPal.Http;

/// <summary>Renders PayPal's objects as Orders v2 and Payments v2 show them.</summary>
public sealed class PayPalJson(PublicAddress address)
{
    /// <summary>Renders to text.</summary>
    public static string Text(Action<Utf8JsonWriter> write) => Encoding.UTF8.GetString(StripeJson.Bytes(write));

    /// <summary>An order.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="order">The order.</param>
    /// <param name="whole">False for the short form: id, status, payments and links.</param>
    public void Write(Utf8JsonWriter json, PayPalOrder order, bool whole)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(order);
        json.WriteStartObject();
        json.WriteString("id", order.Id);
        json.WriteString("status", order.Status.Name());
        if (whole)
        {
            json.WriteString("intent", order.Authorizes ? "AUTHORIZE" : "CAPTURE");
            WriteTime(json, "create_time", order.Created);
            WriteTime(json, "update_time", order.Updated);
        }

        if (order.NamesWallet || order.Buyer is not null)
            WriteSource(json, order);
        if (whole || order.Authorizations.Count + order.Captures.Count > 0)
            WriteUnit(json, order, whole);
        if (order.Buyer is not null)
            WritePayer(json, order);
        WriteOrderLinks(json, order);
        json.WriteEndObject();
    }

    /// <summary>A hold.</summary>
    public void Write(Utf8JsonWriter json, PayPalOrder order, Authorization held, bool whole = true)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(held);
        var self = $"{address.Value}/v2/payments/authorizations/{held.Id}";
        json.WriteStartObject();
        json.WriteString("id", held.Id);
        json.WriteString("status", held.Status.Name());
        if (held.Status == AuthorizationStatus.Pending)
            WriteReason(json, "PENDING_REVIEW");
        if (whole)
        {
            WriteMoney(json, "amount", held.Amount);
            WriteNames(json, order.Unit.InvoiceId, order.Unit.CustomId);
            WriteTime(json, "expiration_time", held.Expires);
            WriteTime(json, "create_time", held.Created);
            WriteTime(json, "update_time", held.Updated);
            WriteRelated(json, order, ("order_id", order.Id));
        }

        json.WriteStartArray("links");
        WriteLink(json, self, "self", "GET");
        WriteLink(json, self + "/capture", "capture", "POST");
        WriteLink(json, self + "/void", "void", "POST");
        WriteLink(json, self + "/reauthorize", "reauthorize", "POST");
        WriteLink(json, $"{address.Value}/v2/checkout/orders/{order.Id}", "up", "GET");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A capture.</summary>
    public void Write(Utf8JsonWriter json, PayPalOrder order, Capture taken, bool whole = true)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(taken);
        var self = $"{address.Value}/v2/payments/captures/{taken.Id}";
        json.WriteStartObject();
        json.WriteString("id", taken.Id);
        json.WriteString("status", taken.Status.Name());
        if (taken.Reason is { } reason)
            WriteReason(json, reason);
        if (whole)
        {
            WriteMoney(json, "amount", taken.Amount);
            json.WriteBoolean("final_capture", taken.Final);
            WriteNames(json, taken.InvoiceId, order.Unit.CustomId);
            WriteTime(json, "create_time", taken.Created);
            WriteTime(json, "update_time", taken.Updated);
            WriteRelated(json, order, ("order_id", order.Id), ("authorization_id", taken.AuthorizationId));
        }

        json.WriteStartArray("links");
        WriteLink(json, self, "self", "GET");
        WriteLink(json, self + "/refund", "refund", "POST");
        WriteLink(json, taken.AuthorizationId is { } held ? $"{address.Value}/v2/payments/authorizations/{held}" : $"{address.Value}/v2/checkout/orders/{order.Id}", "up", "GET");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A refund.</summary>
    public void Write(Utf8JsonWriter json, PayPalOrder order, PayPalRefund given, bool whole = true)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(given);
        json.WriteStartObject();
        json.WriteString("id", given.Id);
        json.WriteString("status", given.Status.Name());
        if (given.Status == PayPalRefundStatus.Pending)
            WriteReason(json, "ECHECK");
        if (whole)
        {
            WriteMoney(json, "amount", given.Amount);
            WriteNames(json, given.InvoiceId, given.CustomId ?? order.Unit.CustomId);
            if (given.NoteToPayer is not null)
                json.WriteString("note_to_payer", given.NoteToPayer);
            WriteTime(json, "create_time", given.Created);
            WriteTime(json, "update_time", given.Updated);
            WriteRelated(json, order, ("order_id", order.Id), ("capture_id", given.CaptureId));
        }

        json.WriteStartArray("links");
        WriteLink(json, $"{address.Value}/v2/payments/refunds/{given.Id}", "self", "GET");
        WriteLink(json, $"{address.Value}/v2/payments/captures/{given.CaptureId}", "up", "GET");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>One object of an order, by its kind and id.</summary>
    public void Write(Utf8JsonWriter json, PayPalOrder order, ResourceKind kind, string id, bool whole)
    {
        ArgumentNullException.ThrowIfNull(order);
        switch (kind)
        {
            case ResourceKind.Order:
                Write(json, order, whole);
                break;
            case ResourceKind.Authorization:
                Write(json, order, order.Authorizations.Single(held => held.Id == id), whole);
                break;
            case ResourceKind.Capture:
                Write(json, order, order.Captures.Single(taken => taken.Id == id), whole);
                break;
            default:
                Write(json, order, order.Refunds.Single(given => given.Id == id), whole);
                break;
        }
    }

    /// <summary>An error.</summary>
    public void Write(Utf8JsonWriter json, PayPalError error, string debugId)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(error);
        json.WriteStartObject();
        json.WriteString("name", error.Name);
        if (error.Details.Count > 0)
        {
            json.WriteStartArray("details");
            foreach (var detail in error.Details)
            {
                json.WriteStartObject();
                if (detail.Field is not null)
                    json.WriteString("field", detail.Field);
                if (detail.Value is not null)
                    json.WriteString("value", detail.Value);
                json.WriteString("issue", detail.Issue);
                json.WriteString("description", detail.Description);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteString("message", error.Message);
        json.WriteString("debug_id", debugId);
        json.WriteStartArray("links");
        if (error.Details is [{ Issue: var issue }, ..])
            WriteLink(json, $"https://developer.paypal.com/api/rest/reference/orders/v2/errors/#{issue}", "information_link", "GET");
        if (error.RedirectPayer is { } order)
            WriteLink(json, ApprovalPage(order), "redirect", "GET");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private string ApprovalPage(string orderId) => $"{address.Value}/checkoutnow?token={orderId}";

    private void WriteUnit(Utf8JsonWriter json, PayPalOrder order, bool whole)
    {
        var unit = order.Unit;
        json.WriteStartArray("purchase_units");
        json.WriteStartObject();
        json.WriteString("reference_id", unit.ReferenceId);
        if (whole)
        {
            json.WriteStartObject("amount");
            WriteMoney(json, unit.Amount);
            WriteRaw(json, "breakdown", unit.Breakdown);
            json.WriteEndObject();
            WriteNames(json, unit.InvoiceId, unit.CustomId);
            if (unit.Description is not null)
                json.WriteString("description", unit.Description);
            WriteRaw(json, "items", unit.Items);
        }

        if (order.Authorizations.Count + order.Captures.Count > 0)
        {
            json.WriteStartObject("payments");
            WriteAll(json, "authorizations", order.Authorizations, held => Write(json, order, held));
            WriteAll(json, "captures", order.Captures, taken => Write(json, order, taken));
            WriteAll(json, "refunds", order.Refunds, given => Write(json, order, given));
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndArray();
    }

    private void WriteOrderLinks(Utf8JsonWriter json, PayPalOrder order)
    {
        var self = $"{address.Value}/v2/checkout/orders/{order.Id}";
        json.WriteStartArray("links");
        WriteLink(json, self, "self", "GET");
        if (order.Status is OrderStatus.Created or OrderStatus.PayerActionRequired)
            WriteLink(json, ApprovalPage(order.Id), order.NamesWallet ? "payer-action" : "approve", "GET");
        if (order.Status is OrderStatus.Created or OrderStatus.Approved)
            WriteLink(json, order.Authorizes ? self + "/authorize" : self + "/capture", order.Authorizes ? "authorize" : "capture", "POST");
        json.WriteEndArray();
    }

    private static void WriteSource(Utf8JsonWriter json, PayPalOrder order)
    {
        json.WriteStartObject("payment_source");
        json.WriteStartObject("paypal");
        if (order.Buyer is { } buyer)
        {
            json.WriteString("email_address", $"{buyer}@sandbox.example");
            json.WriteString("account_id", AccountOf(buyer));
            json.WriteString("account_status", "VERIFIED");
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WritePayer(Utf8JsonWriter json, PayPalOrder order)
    {
        json.WriteStartObject("payer");
        json.WriteString("email_address", $"{order.Buyer}@sandbox.example");
        json.WriteString("payer_id", AccountOf(order.Buyer!));
        json.WriteEndObject();
    }

    private static string AccountOf(string buyer) => buyer.ToUpperInvariant().Replace("-", "", StringComparison.Ordinal).PadRight(13, 'X')[..13];

    private static void WriteNames(Utf8JsonWriter json, string? invoiceId, string? customId)
    {
        if (invoiceId is not null)
            json.WriteString("invoice_id", invoiceId);
        if (customId is not null)
            json.WriteString("custom_id", customId);
    }

    private static void WriteRelated(Utf8JsonWriter json, PayPalOrder order, params ReadOnlySpan<(string Name, string? Id)> ids)
    {
        json.WriteStartObject("supplementary_data");
        json.WriteStartObject("related_ids");
        foreach (var (name, id) in ids)
        {
            if (id is not null)
                json.WriteString(name, id);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteReason(Utf8JsonWriter json, string reason)
    {
        json.WriteStartObject("status_details");
        json.WriteString("reason", reason);
        json.WriteEndObject();
    }

    private static void WriteMoney(Utf8JsonWriter json, string name, PayPalMoney money)
    {
        json.WriteStartObject(name);
        WriteMoney(json, money);
        json.WriteEndObject();
    }

    private static void WriteMoney(Utf8JsonWriter json, PayPalMoney money)
    {
        json.WriteString("currency_code", money.Currency);
        json.WriteString("value", money.Value);
    }

    private static void WriteRaw(Utf8JsonWriter json, string name, string? value)
    {
        if (value is null)
            return;
        json.WritePropertyName(name);
        json.WriteRawValue(value);
    }

    private static void WriteAll<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> all, Action<T> write)
    {
        if (all.Count == 0)
            return;
        json.WriteStartArray(name);
        foreach (var each in all)
            write(each);
        json.WriteEndArray();
    }

    private static void WriteLink(Utf8JsonWriter json, string href, string rel, string method)
    {
        json.WriteStartObject();
        json.WriteString("href", href);
        json.WriteString("rel", rel);
        json.WriteString("method", method);
        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset time) =>
        json.WriteString(name, Time(time));

    /// <summary>A time as PayPal writes it: RFC 3339, UTC, whole seconds.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
