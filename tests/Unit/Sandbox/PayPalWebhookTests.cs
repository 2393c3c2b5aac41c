using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NexusCart.Sandbox.PayPal.Webhooks;

namespace NexusCart.Tests.Unit.Sandbox;

/// <summary>PayPal's webhooks: signed with a served certificate, sent again until taken, listed, and sent again on request.</summary>
public sealed class PayPalWebhookTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    private const string WebhookId = NexusCart.Sandbox.SandboxOptions.DevelopmentPayPalWebhookId;

    [Fact]
    public async Task The_served_certificate_verifies_what_was_signed()
    {
        await using var receiver = await ReceiverAsync(refusals: 1);
        var payment = Requests.NewId();
        await sandbox.PayPal.ApprovedAsync(PayPalClient.Order(invoice: payment));
        var (body, _) = await receiver.NextAsync();
        var told = JsonDocument.Parse(body).RootElement;
        Assert.Equal("CHECKOUT.ORDER.APPROVED", told.GetProperty("event_type").GetString());
        Assert.Equal(payment, told.GetProperty("resource").GetProperty("purchase_units")[0].GetProperty("custom_id").GetString());

        var headers = receiver.Headers[body];
        using var certificate = X509Certificate2.CreateFromPem(await sandbox.Http.GetStringAsync(headers["PAYPAL-CERT-URL"]));
        using var key = certificate.GetRSAPublicKey()!;
        bool Verifies(string text)
        {
            var signed = $"{headers["PAYPAL-TRANSMISSION-ID"]}|{headers["PAYPAL-TRANSMISSION-TIME"]}|{WebhookId}|{Crc32.Of(Encoding.UTF8.GetBytes(text))}";
            return key.VerifyData(Encoding.UTF8.GetBytes(signed), Convert.FromBase64String(headers["PAYPAL-TRANSMISSION-SIG"]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }

        Assert.Equal("SHA256withRSA", headers["PAYPAL-AUTH-ALGO"]);
        Assert.True(Verifies(body));
        Assert.False(Verifies(body.Replace("19.99", "99.99", StringComparison.Ordinal)));
        Assert.Equal("SUCCESS", await AskAsync(headers, body));
        Assert.Equal("FAILURE", await AskAsync(headers, body.Replace("19.99", "99.99", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Events_of_the_whole_life_arrive_and_are_listed()
    {
        await using var receiver = await ReceiverAsync();
        var (_, hold) = await sandbox.PayPal.HeldAsync();
        var taken = await sandbox.PayPal.PostAsync($"/v2/payments/authorizations/{hold}/capture");
        await sandbox.PayPal.PostAsync($"/v2/payments/captures/{taken.GetProperty("id").GetString()}/refund");
        var types = new List<string>();
        var last = "";
        while (types.Count < 4)
        {
            var told = JsonDocument.Parse((await receiver.NextAsync()).Body).RootElement;
            types.Add(told.GetProperty("event_type").GetString()!);
            last = told.GetProperty("id").GetString()!;
        }

        string[] expected = ["CHECKOUT.ORDER.APPROVED", "PAYMENT.AUTHORIZATION.CREATED", "PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.REFUNDED"];
        Assert.Equal(expected, types.Order(StringComparer.Ordinal));
        var listed = await sandbox.PayPal.GetAsync("/v1/notifications/webhooks-events?page_size=4");
        Assert.Equal(expected.Reverse(), listed.GetProperty("events").EnumerateArray().Select(each => each.GetProperty("event_type").GetString()!));
        await sandbox.PayPal.PostAsync($"/v1/notifications/webhooks-events/{last}/resend");
        Assert.Equal(last, JsonDocument.Parse((await receiver.NextAsync()).Body).RootElement.GetProperty("id").GetString());
    }

    [Fact]
    public async Task Orders_request_ids_and_the_certificate_survive_a_restart()
    {
        var requestId = Requests.NewId();
        var order = PayPalClient.Order();
        var created = await sandbox.PayPal.PostAsync("/v2/checkout/orders", order, requestId);
        var (_, hold) = await sandbox.PayPal.HeldAsync();
        var certificate = await sandbox.Http.GetStringAsync(PayPalSigner.CertificatePath);

        await sandbox.RestartAsync();

        Assert.Equal(certificate, await sandbox.Http.GetStringAsync(PayPalSigner.CertificatePath));
        Assert.Equal(created.GetProperty("id").GetString(), (await sandbox.PayPal.PostAsync("/v2/checkout/orders", order, requestId)).GetProperty("id").GetString());
        Assert.Equal("COMPLETED", (await sandbox.PayPal.PostAsync($"/v2/payments/authorizations/{hold}/capture")).GetProperty("status").GetString());
    }

    [Fact]
    public void The_checksum_is_the_usual_one() => Assert.Equal(0xCBF43926u, Crc32.Of("123456789"u8));

    private async Task<string?> AskAsync(Dictionary<string, string> headers, string body)
    {
        var question = new JsonObject
        {
            ["auth_algo"] = headers["PAYPAL-AUTH-ALGO"],
            ["cert_url"] = headers["PAYPAL-CERT-URL"],
            ["transmission_id"] = headers["PAYPAL-TRANSMISSION-ID"],
            ["transmission_sig"] = headers["PAYPAL-TRANSMISSION-SIG"],
            ["transmission_time"] = headers["PAYPAL-TRANSMISSION-TIME"],
            ["webhook_id"] = WebhookId,
            ["webhook_event"] = JsonNode.Parse(body),
        };
        return (await sandbox.PayPal.PostAsync("/v1/notifications/verify-webhook-signature", question)).GetProperty("verification_status").GetString();
    }

    private async Task<WebhookReceiver> ReceiverAsync(int refusals = 0)
    {
        var receiver = await WebhookReceiver.StartAsync(refusals);
        await sandbox.ControlAsync("webhooks/endpoints", new { provider = "paypal", urls = new[] { receiver.Url } });
        return receiver;
    }
}
