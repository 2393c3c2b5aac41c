using System.Text.Json;
using NexusCart.Sandbox.Intents;
using NexusCart.Sandbox.Wallets;

namespace NexusCart.Sandbox.Http;

/// <summary>Renders customers, cards, setups and disputes as version <see cref="SandboxOptions.ApiVersion"/> shows them.</summary>
public sealed class StripeObjectJson(PublicAddress address)
{
    /// <summary>Any of them.</summary>
    public void Write(Utf8JsonWriter json, StripeObject item)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(item);
        json.WriteStartObject();
        json.WriteString("id", item.Id);
        switch (item)
        {
            case Customer customer:
                Write(json, customer);
                break;
            case PaymentMethod method:
                Write(json, method);
                break;
            case SetupIntent setup:
                Write(json, setup);
                break;
            case Dispute dispute:
                Write(json, dispute);
                break;
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Customer customer)
    {
        json.WriteString("object", "customer");
        if (customer.Deleted)
        {
            json.WriteBoolean("deleted", true);
            return;
        }

        WriteCommon(json, customer);
        json.WriteString("description", customer.Description);
        json.WriteString("email", customer.Email);
        json.WriteStartObject("invoice_settings");
        json.WriteString("default_payment_method", customer.DefaultPaymentMethod);
        json.WriteEndObject();
        json.WriteString("name", customer.Name);
    }

    private static void Write(Utf8JsonWriter json, PaymentMethod method)
    {
        json.WriteString("object", "payment_method");
        WriteCommon(json, method);
        json.WriteStartObject("billing_details");
        json.WriteNull("address");
        json.WriteString("email", method.BillingEmail);
        json.WriteString("name", method.BillingName);
        json.WriteNull("phone");
        json.WriteEndObject();
        json.WriteStartObject("card");
        if (TestCards.TryFind(method.Card, out var card))
        {
            json.WriteString("brand", card.Brand);
            json.WriteString("country", "US");
            json.WriteNumber("exp_month", 12);
            json.WriteNumber("exp_year", 2034);
            json.WriteString("fingerprint", "fp_" + card.Token);
            json.WriteString("funding", card.Funding);
            json.WriteString("last4", card.Last4);
        }

        json.WriteEndObject();
        json.WriteString("customer", method.Customer);
        json.WriteString("type", "card");
    }

    private void Write(Utf8JsonWriter json, SetupIntent setup)
    {
        json.WriteString("object", "setup_intent");
        WriteCommon(json, setup);
        json.WriteString("client_secret", setup.ClientSecret);
        json.WriteString("customer", setup.Customer);
        if (setup.LastError is { } error)
        {
            json.WriteStartObject("last_setup_error");
            json.WriteString("code", error.Code);
            if (error.DeclineCode is not null)
                json.WriteString("decline_code", error.DeclineCode);
            json.WriteString("message", error.Message);
            json.WriteString("type", error.Type);
            json.WriteEndObject();
        }

        if (setup.Status == "requires_action")
        {
            json.WriteStartObject("next_action");
            json.WriteStartObject("redirect_to_url");
            json.WriteString("return_url", setup.ReturnUrl);
            json.WriteString("url", $"{address.Value}/sandbox/3ds/{setup.Id}");
            json.WriteEndObject();
            json.WriteString("type", "redirect_to_url");
            json.WriteEndObject();
        }

        json.WriteString("payment_method", setup.PaymentMethod);
        json.WriteStartArray("payment_method_types");
        json.WriteStringValue("card");
        json.WriteEndArray();
        json.WriteString("status", setup.Status);
        json.WriteString("usage", setup.Usage);
    }

    private static void Write(Utf8JsonWriter json, Dispute dispute)
    {
        json.WriteString("object", "dispute");
        WriteCommon(json, dispute);
        json.WriteNumber("amount", dispute.Amount);
        json.WriteString("charge", dispute.ChargeId);
        json.WriteString("currency", dispute.Currency);
        json.WriteStartObject("evidence");
        json.WriteString("uncategorized_text", dispute.Evidence);
        json.WriteEndObject();
        json.WriteStartObject("evidence_details");
        json.WriteNumber("due_by", dispute.Created.AddDays(8).ToUnixTimeSeconds());
        json.WriteBoolean("has_evidence", dispute.Evidence is not null);
        json.WriteBoolean("past_due", false);
        json.WriteNumber("submission_count", dispute.IsClosed && dispute.Evidence is not null ? 1 : 0);
        json.WriteEndObject();
        json.WriteBoolean("is_charge_refundable", dispute.IsInquiry);
        json.WriteString("payment_intent", dispute.PaymentIntentId);
        json.WriteString("reason", dispute.Reason);
        json.WriteString("status", dispute.Status);
    }

    private static void WriteCommon(Utf8JsonWriter json, StripeObject item)
    {
        json.WriteNumber("created", item.Created.ToUnixTimeSeconds());
        json.WriteBoolean("livemode", false);
        StripeJson.WriteMetadata(json, item.Metadata);
    }
}
