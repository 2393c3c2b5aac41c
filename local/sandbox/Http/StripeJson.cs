using System.Text.Json;
using NexusCart.Sandbox.Intents;
using NexusCart.Sandbox.Storage;
using NexusCart.Sandbox.Wallets;

namespace NexusCart.Sandbox.Http;

/// <summary>Renders the provider's objects as version <see cref="SandboxOptions.ApiVersion"/> shows them.</summary>
public sealed class StripeJson(PublicAddress address, StripeObjectJson objects)
{
    /// <summary>Renders to UTF-8.</summary>
    public static byte[] Bytes(Action<Utf8JsonWriter> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
            write(json);
        return buffer.ToArray();
    }

    /// <summary>An answer's body.</summary>
    public void Write(Utf8JsonWriter json, Answer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        if (answer.Error is { } error)
            WriteError(json, error, answer.Intent, answer.Item);
        else if (answer.Item is { } item)
            objects.Write(json, item);
        else if (answer.Refund is { } refund)
            Write(json, refund);
        else
            Write(json, answer.Intent!, answer.ExpandCharge);
    }

    /// <summary>A payment.</summary>
    public void Write(Utf8JsonWriter json, PaymentIntent intent, bool expandCharge)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(intent);
        json.WriteStartObject();
        json.WriteString("id", intent.Id);
        json.WriteString("object", "payment_intent");
        json.WriteNumber("amount", intent.Amount);
        json.WriteNumber("amount_capturable", intent.AmountCapturable);
        json.WriteNumber("amount_received", intent.AmountReceived);
        json.WriteNull("automatic_payment_methods");
        WriteTime(json, "canceled_at", intent.CanceledAt);
        json.WriteString("cancellation_reason", intent.CancellationReason);
        json.WriteString("capture_method", intent.ManualCapture ? "manual" : "automatic_async");
        json.WriteString("client_secret", intent.ClientSecret);
        json.WriteString("confirmation_method", "automatic");
        WriteTime(json, "created", intent.Created);
        json.WriteString("currency", intent.Currency);
        json.WriteString("customer", intent.Customer);
        json.WriteString("description", intent.Description);
        WriteLastError(json, intent);
        json.WritePropertyName("latest_charge");
        if (intent.LatestCharge is null)
            json.WriteNullValue();
        else if (expandCharge)
            WriteCharge(json, intent);
        else
            json.WriteStringValue(intent.LatestCharge.Id);
        json.WriteBoolean("livemode", false);
        WriteMetadata(json, intent.Metadata);
        WriteNextAction(json, intent);
        // A failed attempt takes the card off again.
        json.WriteString("payment_method", intent.Status == IntentStatus.RequiresPaymentMethod ? null : intent.PaymentMethod);
        json.WriteStartArray("payment_method_types");
        json.WriteStringValue("card");
        json.WriteEndArray();
        json.WriteNull("processing");
        json.WriteString("receipt_email", intent.ReceiptEmail);
        json.WriteString("setup_future_usage", intent.SetupFutureUsage);
        json.WriteNull("shipping");
        json.WriteString("status", intent.Status.Name());
        json.WriteEndObject();
    }

    /// <summary>A payment's latest charge.</summary>
    public static void WriteCharge(Utf8JsonWriter json, PaymentIntent intent)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(intent);
        var charge = intent.LatestCharge!;
        json.WriteStartObject();
        json.WriteString("id", charge.Id);
        json.WriteString("object", "charge");
        json.WriteNumber("amount", charge.Amount);
        json.WriteNumber("amount_captured", charge.AmountCaptured);
        json.WriteNumber("amount_refunded", charge.AmountRefunded);
        json.WriteBoolean("captured", charge.AmountCaptured > 0);
        WriteTime(json, "created", charge.Created);
        json.WriteString("currency", intent.Currency);
        json.WriteString("customer", intent.Customer);
        json.WriteBoolean("disputed", charge.Dispute is not null);
        json.WriteString("failure_code", charge.Failure?.Code);
        json.WriteString("failure_message", charge.Failure?.Message);
        json.WriteBoolean("livemode", false);
        WriteMetadata(json, intent.Metadata);
        WriteOutcome(json, charge);
        json.WriteBoolean("paid", charge.Approved);
        json.WriteString("payment_intent", intent.Id);
        json.WriteString("payment_method", charge.PaymentMethod);
        WriteCard(json, charge);
        json.WriteString("receipt_email", intent.ReceiptEmail);
        json.WriteBoolean("refunded", charge.AmountRefunded > 0 && charge.AmountRefunded == charge.AmountCaptured);
        json.WriteString("status", charge.Approved ? "succeeded" : "failed");
        json.WriteEndObject();
    }

    /// <summary>A refund.</summary>
    public static void Write(Utf8JsonWriter json, Refund refund)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(refund);
        json.WriteStartObject();
        json.WriteString("id", refund.Id);
        json.WriteString("object", "refund");
        json.WriteNumber("amount", refund.Amount);
        json.WriteString("charge", refund.ChargeId);
        WriteTime(json, "created", refund.Created);
        json.WriteString("currency", refund.Currency);
        if (refund.FailureReason is not null)
            json.WriteString("failure_reason", refund.FailureReason);
        WriteMetadata(json, refund.Metadata);
        json.WriteString("payment_intent", refund.PaymentIntentId);
        if (refund.Status == "pending")
            json.WriteString("pending_reason", "processing");
        json.WriteString("reason", refund.Reason);
        json.WriteNull("receipt_number");
        json.WriteString("status", refund.Status);
        json.WriteEndObject();
    }

    /// <summary>An event with the object as it was.</summary>
    public void Write(Utf8JsonWriter json, StoredEvent stored)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(stored);
        json.WriteStartObject();
        json.WriteString("id", stored.Entry.Id);
        json.WriteString("object", "event");
        json.WriteString("api_version", SandboxOptions.ApiVersion);
        WriteTime(json, "created", stored.Created);
        json.WriteStartObject("data");
        json.WritePropertyName("object");
        if (stored.Refund is { } refund)
            Write(json, refund);
        else if (stored.Item is { } item)
            objects.Write(json, item);
        else if (stored.Entry.Type.StartsWith("charge.", StringComparison.Ordinal))
            WriteCharge(json, stored.Intent!);
        else
            Write(json, stored.Intent!, expandCharge: false);
        json.WriteEndObject();
        json.WriteBoolean("livemode", false);
        json.WriteNumber("pending_webhooks", stored.Entry.Endpoints.Count);
        json.WriteStartObject("request");
        json.WriteString("id", stored.Entry.RequestId);
        json.WriteString("idempotency_key", stored.Entry.IdempotencyKey);
        json.WriteEndObject();
        json.WriteString("type", stored.Entry.Type);
        json.WriteEndObject();
    }

    /// <summary>A page of a list.</summary>
    public static void WriteList<T>(Utf8JsonWriter json, string url, IReadOnlyList<T> page, bool hasMore, Action<T> write)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(write);
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        foreach (var item in page)
            write(item);
        json.WriteEndArray();
        json.WriteBoolean("has_more", hasMore);
        json.WriteString("url", url);
        json.WriteEndObject();
    }

    /// <summary>An error.</summary>
    public void WriteError(Utf8JsonWriter json, ApiError error, PaymentIntent? intent, StripeObject? item = null)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(error);
        json.WriteStartObject();
        json.WriteStartObject("error");
        if (error.ChargeId is not null)
            json.WriteString("charge", error.ChargeId);
        if (error.Code is not null)
        {
            json.WriteString("code", error.Code);
            json.WriteString("doc_url", $"https://stripe.com/docs/error-codes/{error.Code.Replace('_', '-')}");
        }

        if (error.DeclineCode is not null)
            json.WriteString("decline_code", error.DeclineCode);
        json.WriteString("message", error.Message);
        if (error.Param is not null)
            json.WriteString("param", error.Param);
        if (intent is not null)
        {
            json.WritePropertyName("payment_intent");
            Write(json, intent, expandCharge: false);
        }

        if (item is SetupIntent)
        {
            json.WritePropertyName("setup_intent");
            objects.Write(json, item);
        }

        json.WriteString("type", error.Type);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteLastError(Utf8JsonWriter json, PaymentIntent intent)
    {
        if (intent.LastError is not { } error)
        {
            json.WriteNull("last_payment_error");
            return;
        }

        json.WriteStartObject("last_payment_error");
        if (intent.LatestCharge is { Failure: not null } failed)
            json.WriteString("charge", failed.Id);
        json.WriteString("code", error.Code);
        if (error.DeclineCode is not null)
            json.WriteString("decline_code", error.DeclineCode);
        json.WriteString("message", error.Message);
        json.WriteString("type", error.Type);
        json.WriteEndObject();
    }

    private void WriteNextAction(Utf8JsonWriter json, PaymentIntent intent)
    {
        if (intent.Status != IntentStatus.RequiresAction)
        {
            json.WriteNull("next_action");
            return;
        }

        var page = $"{address.Value}/sandbox/3ds/{intent.Id}";
        json.WriteStartObject("next_action");
        if (intent.ReturnUrl is null)
        {
            // Without a return address the challenge is left to the provider's script in the browser.
            json.WriteString("type", "use_stripe_sdk");
            json.WriteStartObject("use_stripe_sdk");
            json.WriteString("type", "three_d_secure_redirect");
            json.WriteString("stripe_js", page);
        }
        else
        {
            json.WriteString("type", "redirect_to_url");
            json.WriteStartObject("redirect_to_url");
            json.WriteString("return_url", intent.ReturnUrl);
            json.WriteString("url", page);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteOutcome(Utf8JsonWriter json, Charge charge)
    {
        json.WriteStartObject("outcome");
        json.WriteString("network_status", charge.Approved ? "approved_by_network" : "declined_by_network");
        json.WriteString("reason", charge.Failure?.DeclineCode ?? charge.Failure?.Code);
        var risk = TestCards.TryFind(charge.Card ?? charge.PaymentMethod, out var card) ? card.Risk : "normal";
        json.WriteString("risk_level", risk);
        json.WriteNumber("risk_score", risk switch { "highest" => 90, "elevated" => 65, _ => 10 });
        json.WriteString("seller_message", charge.Approved ? "Payment complete." : "The bank did not return any further details with this decline.");
        json.WriteString("type", charge.Approved ? "authorized" : "issuer_declined");
        json.WriteEndObject();
    }

    private static void WriteCard(Utf8JsonWriter json, Charge charge)
    {
        if (!TestCards.TryFind(charge.Card ?? charge.PaymentMethod, out var card))
            card = new("", "visa", "0000");
        json.WriteStartObject("payment_method_details");
        json.WriteStartObject("card");
        if (charge.Approved)
            json.WriteNumber("amount_authorized", charge.Amount);
        json.WriteString("brand", card.Brand);
        // Only a hold has it; the field is left out elsewhere, as the provider does.
        if (charge.CaptureBefore is not null)
            WriteTime(json, "capture_before", charge.CaptureBefore);
        json.WriteString("country", "US");
        json.WriteNumber("exp_month", 12);
        json.WriteNumber("exp_year", 2034);
        json.WriteString("funding", card.Funding);
        json.WriteString("last4", card.Last4);
        json.WriteString("network", card.Brand);
        json.WriteEndObject();
        json.WriteString("type", "card");
        json.WriteEndObject();
    }

    internal static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject("metadata");
        foreach (var (key, value) in metadata)
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is null)
            json.WriteNull(name);
        else
            json.WriteNumber(name, time.Value.ToUnixTimeSeconds());
    }
}
