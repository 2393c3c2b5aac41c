using System.Net;
using Stripe;
using static NexusCart.Tests.Unit.Sandbox.Requests;
using TestCards = NexusCart.Sandbox.Intents.TestCards;

namespace NexusCart.Tests.Unit.Sandbox;

/// <summary>Every published test card, by token and by number.</summary>
public sealed class TestCardTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    private readonly DisputeService _disputes = new(sandbox.Stripe);

    [Theory]
    [InlineData("4242424242424242", "pm_card_visa", "requires_capture")]
    [InlineData("4000000000000002", "pm_card_visa_chargeDeclined", "generic_decline")]
    [InlineData("4000000000009995", "pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds")]
    [InlineData("4000000000009987", "pm_card_visa_chargeDeclinedLostCard", "lost_card")]
    [InlineData("4000000000009979", "pm_card_visa_chargeDeclinedStolenCard", "stolen_card")]
    [InlineData("4000000000000069", "pm_card_chargeDeclinedExpiredCard", "expired_card")]
    [InlineData("4000000000000127", "pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc")]
    [InlineData("4000000000000119", "pm_card_chargeDeclinedProcessingError", "processing_error")]
    [InlineData("4000000000006975", "pm_card_visa_chargeDeclinedVelocityLimitExceeded", "card_velocity_exceeded")]
    [InlineData("4000000000000341", "pm_card_chargeCustomerFail", "generic_decline")]
    [InlineData("4100000000000019", "pm_card_radarBlock", "fraudulent")]
    [InlineData("4000002500003155", "pm_card_authenticationRequiredOnSetup", "requires_action")]
    [InlineData("4000002760003184", "pm_card_authenticationRequired", "requires_action")]
    [InlineData("4000008400001629", "pm_card_threeDSecureRequiredChargeDeclined", "requires_action")]
    [InlineData("4000008260003178", "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", "requires_action")]
    [InlineData("4000000000000259", "pm_card_createDispute", "requires_capture")]
    [InlineData("4000000000007726", "pm_card_pendingRefund", "requires_capture")]
    [InlineData("4000000000005126", "pm_card_refundFail", "requires_capture")]
    public async Task A_card_ends_alike_by_token_and_by_number(string number, string token, string end)
    {
        Assert.Equal(end, await EndAsync(token));
        sandbox.RequireSandbox();
        var kept = await new PaymentMethodService(sandbox.Stripe).CreateAsync(new()
        {
            Type = "card",
            Card = new() { Number = number, ExpMonth = 12, ExpYear = 2034, Cvc = "123" },
        });
        Assert.Equal(number[^4..], kept.Card.Last4);
        Assert.Equal(end, await EndAsync(kept.Id));
    }

    [Theory]
    [InlineData("4242424242424241", "incorrect_number", null)]
    [InlineData("4012888888881881", "card_declined", "test_mode_live_card")]
    public async Task A_number_that_nobody_published_is_refused_and_not_repeated(string number, string code, string? decline)
    {
        sandbox.RequireSandbox();
        var failure = await Assert.ThrowsAsync<StripeException>(() => new PaymentMethodService(sandbox.Stripe).CreateAsync(new()
        {
            Type = "card",
            Card = new() { Number = number, ExpMonth = 12, ExpYear = 2034, Cvc = "123" },
        }));
        Assert.Equal((code, decline), (failure.StripeError.Code, failure.StripeError.DeclineCode));
        Assert.DoesNotContain(number, failure.StripeResponse.Content, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_number_passes_its_check_digit()
    {
        Assert.All(TestCards.Numbers, number =>
        {
            var sum = number.Reverse().Select((digit, place) => (digit - '0') * (1 + (place % 2))).Sum(value => value > 9 ? value - 9 : value);
            Assert.Equal(0, sum % 10);
        });
    }

    [Theory]
    [InlineData("pm_card_threeDSecureRequiredChargeDeclined", "generic_decline")]
    [InlineData("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", "insufficient_funds")]
    public async Task Some_cards_decline_after_the_challenge(string card, string decline)
    {
        var waiting = await sandbox.Intents.CreateAsync(Authorize(card));
        await sandbox.ChallengeAsync(waiting.Id, "complete");
        var refused = await sandbox.Intents.GetAsync(waiting.Id);
        Assert.Equal(("requires_payment_method", decline), (refused.Status, refused.LastPaymentError.DeclineCode));
    }

    [Theory]
    [InlineData("winning_evidence", "won", true)]
    [InlineData("losing_evidence", "lost", false)]
    public async Task A_disputed_payment_is_fought_for(string evidence, string end, bool refundable)
    {
        var paid = await PaidAsync("pm_card_createDispute");
        var dispute = Assert.Single(await _disputes.ListAsync(new() { PaymentIntent = paid.Id }));
        Assert.Equal(("needs_response", "fraudulent", 1_999), (dispute.Status, dispute.Reason, dispute.Amount));
        var refused = await Assert.ThrowsAsync<StripeException>(() => sandbox.Refunds.CreateAsync(new() { PaymentIntent = paid.Id }));
        Assert.Equal("charge_disputed", refused.StripeError.Code);
        Assert.True((await sandbox.Intents.GetAsync(paid.Id, new() { Expand = ["latest_charge"] })).LatestCharge.Disputed);

        var closed = await _disputes.UpdateAsync(dispute.Id, new() { Evidence = new() { UncategorizedText = evidence }, Submit = true });
        Assert.Equal(end, closed.Status);
        var events = await sandbox.Events.ListAsync(new() { Types = ["charge.dispute.created", "charge.dispute.closed"], Limit = 100 });
        Assert.Equal(2, events.Count(e => ((Dispute)e.Data.Object).Id == dispute.Id));
        if (refundable)
            Assert.Equal("succeeded", (await sandbox.Refunds.CreateAsync(new() { PaymentIntent = paid.Id })).Status);
        else
            await Assert.ThrowsAsync<StripeException>(() => sandbox.Refunds.CreateAsync(new() { PaymentIntent = paid.Id }));
    }

    [Fact]
    public async Task An_inquiry_takes_no_money_and_a_dispute_can_be_given_in_to()
    {
        var asked = Assert.Single(await _disputes.ListAsync(new() { PaymentIntent = (await PaidAsync("pm_card_createDisputeInquiry")).Id }));
        Assert.Equal("warning_needs_response", asked.Status);
        await sandbox.Refunds.CreateAsync(new() { PaymentIntent = asked.PaymentIntentId });
        var lost = Assert.Single(await _disputes.ListAsync(new() { PaymentIntent = (await PaidAsync("pm_card_createDisputeProductNotReceived")).Id }));
        Assert.Equal("product_not_received", lost.Reason);
        Assert.Equal("lost", (await _disputes.CloseAsync(lost.Id)).Status);
        await Assert.ThrowsAsync<StripeException>(() => _disputes.CloseAsync(lost.Id));
    }

    private async Task<PaymentIntent> PaidAsync(string card)
    {
        var options = Authorize(card);
        options.CaptureMethod = "automatic";
        return await sandbox.Intents.CreateAsync(options);
    }

    private async Task<string?> EndAsync(string card)
    {
        try
        {
            return (await sandbox.Intents.CreateAsync(Authorize(card))).Status;
        }
        catch (StripeException declined) when (declined.HttpStatusCode == HttpStatusCode.PaymentRequired)
        {
            return declined.StripeError.DeclineCode ?? declined.StripeError.Code;
        }
    }
}
