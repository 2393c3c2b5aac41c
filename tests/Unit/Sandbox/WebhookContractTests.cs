using Stripe;
using static NexusCart.Tests.Unit.Sandbox.Requests;

namespace NexusCart.Tests.Unit.Sandbox;

/// <summary>Signed events, as the provider's own strict parser takes them.</summary>
public sealed class WebhookContractTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    private const string Secret = NexusCart.Sandbox.SandboxOptions.DevelopmentWebhookSecret;

    [Fact]
    public async Task The_strict_parser_takes_what_the_sandbox_signs()
    {
        await using var receiver = await ReceiverAsync();
        var held = await sandbox.Intents.CreateAsync(Authorize("pm_card_visa"), Key("key-of-" + NewId()));
        var parsed = await NextAsync(receiver);
        Assert.Equal("payment_intent.amount_capturable_updated", parsed.Type);
        var intent = Assert.IsType<PaymentIntent>(parsed.Data.Object);
        Assert.Equal((held.Id, "requires_capture", 1_999), (intent.Id, intent.Status, intent.AmountCapturable));
        Assert.Equal(held.Metadata["payment_id"], intent.Metadata["payment_id"]);
        Assert.Equal(held.StripeResponse.RequestId, parsed.Request.Id);

        await sandbox.Intents.CaptureAsync(held.Id);
        Assert.Equal("payment_intent.succeeded", (await NextAsync(receiver)).Type);
        var refund = await sandbox.Refunds.CreateAsync(new() { PaymentIntent = held.Id });
        var two = new[] { await NextAsync(receiver), await NextAsync(receiver) };
        Assert.Equal(["charge.refunded", "refund.created"], two.Select(e => e.Type).Order());
        Assert.Equal(refund.Id, Assert.IsType<Refund>(two.Single(e => e.Type == "refund.created").Data.Object).Id);
        Assert.Equal(1_999, Assert.IsType<Charge>(two.Single(e => e.Type == "charge.refunded").Data.Object).AmountRefunded);
    }

    [Fact]
    public async Task A_tampered_or_old_delivery_is_refused()
    {
        await using var receiver = await ReceiverAsync();
        await sandbox.Intents.CreateAsync(Authorize("pm_card_visa"));
        var (body, signature) = await receiver.NextAsync();
        EventUtility.ConstructEvent(body, signature, Secret);
        Assert.Throws<StripeException>(() => EventUtility.ConstructEvent(body.Replace("1999", "1", StringComparison.Ordinal), signature, Secret));
        Assert.Throws<StripeException>(() => EventUtility.ConstructEvent(body, signature, "whsec_another"));
        var later = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 301;
        Assert.Throws<StripeException>(() => EventUtility.ConstructEvent(body, signature, Secret, 300, later));
    }

    [Fact]
    public async Task A_refused_delivery_comes_again_with_a_valid_signature()
    {
        await using var receiver = await ReceiverAsync(refusals: 2);
        var held = await sandbox.Intents.CreateAsync(Authorize("pm_card_visa"));
        var parsed = await NextAsync(receiver);
        Assert.Equal(held.Id, ((PaymentIntent)parsed.Data.Object).Id);
    }

    [Fact]
    public async Task Duplicates_carry_the_same_event_id()
    {
        await using var receiver = await ReceiverAsync();
        await sandbox.ControlAsync("webhooks", new { duplicate = 2 });
        await sandbox.Intents.CreateAsync(Authorize("pm_card_visa"));
        var ids = new[] { await NextAsync(receiver), await NextAsync(receiver), await NextAsync(receiver) }.Select(e => e.Id);
        Assert.Single(ids.Distinct());
        await sandbox.ControlAsync("faults/clear", new { });
    }

    [Fact]
    public async Task A_lost_event_is_in_the_event_list()
    {
        await using var receiver = await ReceiverAsync();
        await sandbox.ControlAsync("webhooks", new { drop = 1 });
        var held = await sandbox.Intents.CreateAsync(Authorize("pm_card_visa"));
        await sandbox.Intents.CaptureAsync(held.Id);
        Assert.Equal("payment_intent.succeeded", (await NextAsync(receiver)).Type);
        var lost = await sandbox.Events.ListAsync(new() { Type = "payment_intent.amount_capturable_updated", DeliverySuccess = false, Limit = 100 });
        var missing = lost.Single(e => ((PaymentIntent)e.Data.Object).Id == held.Id);
        Assert.Equal(missing.Id, (await sandbox.Events.GetAsync(missing.Id)).Id);
        await sandbox.ControlAsync("faults/clear", new { });
    }

    private static async Task<Event> NextAsync(WebhookReceiver receiver)
    {
        var (body, signature) = await receiver.NextAsync();
        return EventUtility.ConstructEvent(body, signature, Secret);
    }

    private async Task<WebhookReceiver> ReceiverAsync(int refusals = 0)
    {
        var receiver = await WebhookReceiver.StartAsync(refusals);
        await sandbox.ControlAsync("webhooks/endpoints", new { urls = new[] { receiver.Url } });
        return receiver;
    }
}
