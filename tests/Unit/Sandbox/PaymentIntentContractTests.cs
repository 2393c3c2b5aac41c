using System.Net;
using Stripe;
using static NexusCart.Tests.Unit.Sandbox.Requests;

namespace NexusCart.Tests.Unit.Sandbox;

/// <summary>The life of a payment, seen through the provider's own client.</summary>
public sealed class PaymentIntentContractTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    [Fact]
    public async Task Authorise_holds_and_capture_takes_the_money()
    {
        var held = await sandbox.Intents.CreateAsync(Authorize("pm_card_visa"));
        Assert.Equal("requires_capture", held.Status);
        Assert.Equal(1_999, held.AmountCapturable);
        Assert.Equal("manual", held.CaptureMethod);
        Assert.StartsWith(held.Id + "_secret_", held.ClientSecret);

        var taken = await sandbox.Intents.CaptureAsync(held.Id, new() { AmountToCapture = 1_999, Expand = ["latest_charge"] });
        Assert.Equal("succeeded", taken.Status);
        Assert.Equal((1_999, 0), (taken.AmountReceived, taken.AmountCapturable));
        Assert.True(taken.LatestCharge.Captured);
        Assert.Equal("4242", taken.LatestCharge.PaymentMethodDetails.Card.Last4);

        var read = await sandbox.Intents.GetAsync(held.Id);
        Assert.Equal("succeeded", read.Status);
        Assert.Equal(taken.LatestChargeId, read.LatestChargeId);
    }

    [Fact]
    public async Task Automatic_capture_takes_the_money_at_once()
    {
        var options = Authorize("pm_card_mastercard");
        options.CaptureMethod = "automatic";
        var taken = await sandbox.Intents.CreateAsync(options);
        Assert.Equal(("succeeded", 1_999), (taken.Status, taken.AmountReceived));
    }

    [Fact]
    public async Task An_unconfirmed_payment_can_be_confirmed_later()
    {
        var options = Authorize("pm_card_visa");
        options.Confirm = null;
        var created = await sandbox.Intents.CreateAsync(options);
        Assert.Equal("requires_confirmation", created.Status);
        var confirmed = await sandbox.Intents.ConfirmAsync(created.Id);
        Assert.Equal("requires_capture", confirmed.Status);
    }

    [Fact]
    public async Task Cancel_releases_the_hold_and_is_final()
    {
        var held = await sandbox.Intents.CreateAsync(Authorize("pm_card_visa"));
        var canceled = await sandbox.Intents.CancelAsync(held.Id, new() { CancellationReason = "requested_by_customer" });
        Assert.Equal(("canceled", 0, "requested_by_customer"), (canceled.Status, canceled.AmountCapturable, canceled.CancellationReason));

        await RefusedAsync(() => sandbox.Intents.CancelAsync(held.Id), HttpStatusCode.BadRequest, "payment_intent_unexpected_state", "canceled");
        await RefusedAsync(() => sandbox.Intents.CaptureAsync(held.Id), HttpStatusCode.BadRequest, "payment_intent_unexpected_state", "canceled");
    }

    [Fact]
    public async Task More_than_the_hold_cannot_be_captured()
    {
        var held = await sandbox.Intents.CreateAsync(Authorize("pm_card_visa"));
        await RefusedAsync(() => sandbox.Intents.CaptureAsync(held.Id, new() { AmountToCapture = 2_000 }), HttpStatusCode.BadRequest, "amount_too_large", "requires_capture");
        Assert.Equal("requires_capture", (await sandbox.Intents.GetAsync(held.Id)).Status);
    }

    [Fact]
    public async Task A_partial_capture_releases_the_rest_and_ends_the_payment()
    {
        var held = await sandbox.Intents.CreateAsync(Authorize("pm_card_visa"));
        var taken = await sandbox.Intents.CaptureAsync(held.Id, new() { AmountToCapture = 999 });
        Assert.Equal(("succeeded", 999, 0), (taken.Status, taken.AmountReceived, taken.AmountCapturable));
        await RefusedAsync(() => sandbox.Intents.CaptureAsync(held.Id), HttpStatusCode.BadRequest, "payment_intent_unexpected_state", "succeeded");
    }

    [Theory]
    [InlineData("pm_card_visa_chargeDeclined", "card_declined", "generic_decline")]
    [InlineData("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds")]
    [InlineData("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card")]
    [InlineData("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card")]
    [InlineData("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "card_declined", "card_velocity_exceeded")]
    [InlineData("pm_card_chargeDeclinedExpiredCard", "expired_card", null)]
    [InlineData("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", null)]
    [InlineData("pm_card_chargeDeclinedProcessingError", "processing_error", null)]
    [InlineData("pm_card_chargeDeclinedFraudulent", "card_declined", "fraudulent")]
    public async Task A_declined_card_is_a_402_and_sends_the_payment_back_for_another_card(string card, string code, string? declineCode)
    {
        var failure = await Assert.ThrowsAsync<StripeException>(() => sandbox.Intents.CreateAsync(Authorize(card)));
        Assert.Equal(HttpStatusCode.PaymentRequired, failure.HttpStatusCode);
        Assert.Equal(("card_error", code, declineCode), (failure.StripeError.Type, failure.StripeError.Code, failure.StripeError.DeclineCode));
        Assert.NotEmpty(failure.StripeError.Charge);
        var intent = await sandbox.Intents.GetAsync(failure.StripeError.PaymentIntent.Id);
        Assert.Equal("requires_payment_method", intent.Status);
        Assert.Equal((code, declineCode), (intent.LastPaymentError.Code, intent.LastPaymentError.DeclineCode));

        var paid = await sandbox.Intents.ConfirmAsync(intent.Id, new() { PaymentMethod = "pm_card_visa" });
        Assert.Equal("requires_capture", paid.Status);
        Assert.Null(paid.LastPaymentError);
    }

    [Fact]
    public async Task The_wrong_key_is_refused()
    {
        var stranger = new PaymentIntentService(sandbox.ClientWith("sk_test_somebody-else"));
        var failure = await Assert.ThrowsAsync<StripeException>(() => stranger.CreateAsync(Authorize("pm_card_visa")));
        Assert.Equal(HttpStatusCode.Unauthorized, failure.HttpStatusCode);
        Assert.DoesNotContain("somebody", failure.Message);
    }

    [Theory]
    [InlineData(0L, "eur", "pm_card_visa", "parameter_invalid_integer", "amount")]
    [InlineData(49L, "eur", "pm_card_visa", "amount_too_small", "amount")]
    [InlineData(100_000_000L, "eur", "pm_card_visa", "amount_too_large", "amount")]
    [InlineData(1_999L, "EUR", "pm_card_visa", null, "currency")]
    [InlineData(1_999L, "eur", "pm_card_nobody_knows", "resource_missing", "payment_method")]
    public async Task Bad_parameters_are_named(long amount, string currency, string card, string? code, string param)
    {
        var failure = await Assert.ThrowsAsync<StripeException>(() => sandbox.Intents.CreateAsync(Authorize(card, amount, currency: currency)));
        Assert.Equal(HttpStatusCode.BadRequest, failure.HttpStatusCode);
        Assert.Equal(("invalid_request_error", code, param), (failure.StripeError.Type, failure.StripeError.Code, failure.StripeError.Param));
    }

    [Fact]
    public async Task An_unknown_payment_is_a_404()
    {
        var failure = await Assert.ThrowsAsync<StripeException>(() => sandbox.Intents.GetAsync("pi_none"));
        Assert.Equal((HttpStatusCode.NotFound, "resource_missing"), (failure.HttpStatusCode, failure.StripeError.Code));
    }

    [Fact]
    public async Task Payments_are_listed_newest_first_in_a_time_window()
    {
        var first = await sandbox.Intents.CreateAsync(Authorize("pm_card_visa"));
        var second = await sandbox.Intents.CreateAsync(Authorize("pm_card_visa"));
        var page = await sandbox.Intents.ListAsync(new() { Limit = 1, Created = new DateRangeOptions { GreaterThanOrEqual = first.Created } });
        Assert.Equal(second.Id, Assert.Single(page).Id);
        Assert.True(page.HasMore);
        var next = await sandbox.Intents.ListAsync(new() { Limit = 1, StartingAfter = second.Id });
        Assert.Equal(first.Id, Assert.Single(next).Id);
    }

    [Fact]
    public async Task Zero_decimal_currencies_count_whole_units()
    {
        var held = await sandbox.Intents.CreateAsync(Authorize("pm_card_visa", 1_299, currency: "jpy"));
        Assert.Equal((1_299, "jpy"), (held.Amount, held.Currency));
    }

    private static async Task RefusedAsync(Func<Task<PaymentIntent>> call, HttpStatusCode status, string code, string intentStatus)
    {
        var failure = await Assert.ThrowsAsync<StripeException>(call);
        Assert.Equal((status, "invalid_request_error", code), (failure.HttpStatusCode, failure.StripeError.Type, failure.StripeError.Code));
        Assert.Equal(intentStatus, failure.StripeError.PaymentIntent.Status);
    }
}
