using System.Net;
using Stripe;
using static NexusCart.Tests.Unit.Sandbox.Requests;

namespace NexusCart.Tests.Unit.Sandbox;

/// <summary>Giving money back: in parts, never more than was taken.</summary>
public sealed class RefundContractTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    [Fact]
    public async Task Parts_add_up_to_the_whole_and_no_further()
    {
        var paid = await PaidAsync("pm_card_visa");
        var first = await sandbox.Refunds.CreateAsync(new() { PaymentIntent = paid.Id, Amount = 500, Reason = "requested_by_customer" });
        Assert.Equal(("succeeded", 500, "eur"), (first.Status, first.Amount, first.Currency));
        var tooMuch = await Assert.ThrowsAsync<StripeException>(() => sandbox.Refunds.CreateAsync(new() { PaymentIntent = paid.Id, Amount = 1_500 }));
        Assert.Equal((HttpStatusCode.BadRequest, "amount_too_large"), (tooMuch.HttpStatusCode, tooMuch.StripeError.Code));
        var rest = await sandbox.Refunds.CreateAsync(new() { PaymentIntent = paid.Id });
        Assert.Equal(1_499, rest.Amount);
        var over = await Assert.ThrowsAsync<StripeException>(() => sandbox.Refunds.CreateAsync(new() { PaymentIntent = paid.Id, Amount = 1 }));
        Assert.Equal("charge_already_refunded", over.StripeError.Code);

        var all = await sandbox.Refunds.ListAsync(new() { PaymentIntent = paid.Id });
        Assert.Equal([rest.Id, first.Id], all.Select(refund => refund.Id));
        Assert.Equal("succeeded", (await sandbox.Refunds.GetAsync(first.Id)).Status);
        var charge = (await sandbox.Intents.GetAsync(paid.Id, new() { Expand = ["latest_charge"] })).LatestCharge;
        Assert.Equal((1_999, true), (charge.AmountRefunded, charge.Refunded));
    }

    [Fact]
    public async Task A_hold_cannot_be_refunded()
    {
        var held = await sandbox.Intents.CreateAsync(Authorize("pm_card_visa"));
        var failure = await Assert.ThrowsAsync<StripeException>(() => sandbox.Refunds.CreateAsync(new() { PaymentIntent = held.Id }));
        Assert.Equal(HttpStatusCode.BadRequest, failure.HttpStatusCode);
    }

    [Fact]
    public async Task The_same_key_refunds_once()
    {
        var paid = await PaidAsync("pm_card_visa");
        var options = new RefundCreateOptions { PaymentIntent = paid.Id, Amount = 500 };
        var key = NewId();
        var first = await sandbox.Refunds.CreateAsync(options, Key(key));
        var again = await sandbox.Refunds.CreateAsync(options, Key(key));
        Assert.Equal(first.Id, again.Id);
        Assert.Single(await sandbox.Refunds.ListAsync(new() { PaymentIntent = paid.Id }));
    }

    [Theory]
    [InlineData("pm_card_pendingRefund", "pending", "succeeded", 1_999)]
    [InlineData("pm_card_refundFail", "succeeded", "failed", 0)]
    public async Task Some_refunds_end_later(string card, string atFirst, string atLast, long refunded)
    {
        var paid = await PaidAsync(card);
        var refund = await sandbox.Refunds.CreateAsync(new() { PaymentIntent = paid.Id });
        Assert.Equal(atFirst, refund.Status);
        await sandbox.ControlAsync("clock", new { advance_seconds = 5 });
        Assert.Equal(atLast, (await sandbox.Refunds.GetAsync(refund.Id)).Status);
        var charge = (await sandbox.Intents.GetAsync(paid.Id, new() { Expand = ["latest_charge"] })).LatestCharge;
        Assert.Equal(refunded, charge.AmountRefunded);
    }

    private async Task<PaymentIntent> PaidAsync(string card)
    {
        var options = Authorize(card);
        options.CaptureMethod = "automatic";
        return await sandbox.Intents.CreateAsync(options);
    }
}
