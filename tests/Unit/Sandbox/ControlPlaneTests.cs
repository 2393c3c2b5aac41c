using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Stripe;
using static NexusCart.Tests.Unit.Sandbox.Requests;

namespace NexusCart.Tests.Unit.Sandbox;

/// <summary>What a test can have go wrong, by provider and by operation.</summary>
public sealed class ControlPlaneTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    [Fact]
    public async Task Limits_are_published_and_kept_to()
    {
        sandbox.RequireSandbox();
        var published = await sandbox.Http.GetFromJsonAsync<JsonElement>("/_control/limits");
        Assert.Equal(["paypal", "stripe"], published.EnumerateArray().Select(limit => limit.GetProperty("provider").GetString()!));
        await sandbox.ControlAsync("limits", new { provider = "stripe", requests_per_second = 1, burst = 2 });
        await sandbox.Intents.ListAsync();
        await sandbox.Intents.ListAsync();
        var tooMany = await Assert.ThrowsAsync<StripeException>(async () =>
        {
            for (var i = 0; i < 20; i++)
                await sandbox.Intents.ListAsync();
        });
        Assert.Equal((HttpStatusCode.TooManyRequests, "rate_limit"), (tooMany.HttpStatusCode, tooMany.StripeError.Code));
        Assert.Equal("CREATED", (await sandbox.PayPal.PostAsync("/v2/checkout/orders", PayPalClient.Order())).GetProperty("status").GetString());
        await sandbox.ControlAsync("limits", new { provider = "stripe", requests_per_second = 0, burst = 0 });

        var payPal = sandbox.PayPal;
        await payPal.SendAsync(HttpMethod.Get, "/v2/checkout/orders/NOBODY");
        await sandbox.ControlAsync("limits", new { provider = "paypal", requests_per_second = 1, burst = 1 });
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 20; i++)
            answers.Add((await payPal.SendAsync(HttpMethod.Get, "/v2/checkout/orders/NOBODY")).Status);

        Assert.Contains(HttpStatusCode.TooManyRequests, answers);
        await sandbox.ControlAsync("limits", new { provider = "paypal", requests_per_second = 0, burst = 0 });
    }

    [Theory]
    [InlineData(429, "rate_limit")]
    [InlineData(500, null)]
    [InlineData(503, null)]
    public async Task A_refusal_strikes_one_provider_and_one_operation(int status, string? code)
    {
        var payment = NewId();
        var match = new Dictionary<string, string> { ["payment_id"] = payment };
        await sandbox.ControlAsync("faults", new { provider = "paypal", operation = "payment_intents.create", kind = "refuse", status, match });
        await sandbox.ControlAsync("faults", new { provider = "stripe", operation = "payment_intents.capture", kind = "refuse", status, code, match });
        var held = await sandbox.Intents.CreateAsync(Authorize("pm_card_visa", paymentId: payment));
        var refused = await Assert.ThrowsAsync<StripeException>(() => sandbox.Intents.CaptureAsync(held.Id));
        Assert.Equal((status, code), ((int)refused.HttpStatusCode, refused.StripeError.Code));
        Assert.Equal("succeeded", (await sandbox.Intents.CaptureAsync(held.Id)).Status);
        await sandbox.ControlAsync("faults/clear", new { });
    }

    [Theory]
    [InlineData("refuse", "orders.authorize", 0)]
    [InlineData("fail", "orders.authorize", 0)]
    [InlineData("fail_after_effect", "orders.authorize", 1)]
    public async Task PayPals_failures_are_found_out_under_their_request_id(string kind, string operation, int effects)
    {
        var payment = NewId();
        var id = await sandbox.PayPal.ApprovedAsync(PayPalClient.Order(invoice: payment));
        await sandbox.ControlAsync("faults", new { provider = "paypal", operation, kind, match = new { payment_id = payment } });
        var (path, requestId) = ($"/v2/checkout/orders/{id}/authorize", NewId());
        var (status, _) = await sandbox.PayPal.RefusedAsync(path, requestId: requestId);
        Assert.True(status >= 500);
        Assert.Equal(effects, (await sandbox.EffectsAsync(payment)).GetProperty("authorizations").GetInt32());
        await sandbox.PayPal.PostAsync(path, requestId: requestId);
        Assert.Equal(1, (await sandbox.EffectsAsync(payment)).GetProperty("authorizations").GetInt32());
    }

    [Fact]
    public async Task Webhook_faults_are_set_for_one_provider()
    {
        await using var stripe = await WebhookReceiver.StartAsync();
        await using var payPal = await WebhookReceiver.StartAsync();
        await sandbox.ControlAsync("webhooks/endpoints", new { urls = new[] { stripe.Url } });
        await sandbox.ControlAsync("webhooks/endpoints", new { provider = "paypal", urls = new[] { payPal.Url } });
        await sandbox.ControlAsync("webhooks", new { provider = "paypal", duplicate = 1 });
        await sandbox.PayPal.ApprovedAsync(PayPalClient.Order());
        var first = await payPal.NextAsync();
        Assert.Equal(first.Body, (await payPal.NextAsync()).Body);
        await sandbox.Intents.CreateAsync(Authorize("pm_card_visa"));
        await sandbox.Intents.CreateAsync(Authorize("pm_card_visa_debit"));
        Assert.NotEqual((await stripe.NextAsync()).Body, (await stripe.NextAsync()).Body);
        await sandbox.ControlAsync("faults/clear", new { });
    }
}
