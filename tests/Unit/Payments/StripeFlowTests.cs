using Microsoft.Extensions.Time.Testing;
using NexusCart.Payments.Actors;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Flows;
using NexusCart.Payments.Providers;
using NexusCart.Payments.Providers.Stripe;
using NexusCart.Sandbox;
using NexusCart.Tests.Unit.Sandbox;

namespace NexusCart.Tests.Unit.Payments;

/// <summary>The flows over the real client against the sandbox, with everything going wrong that a network can do.</summary>
public sealed class StripeFlowTests : IClassFixture<SandboxFixture>, IDisposable
{
    private const long Amount = 1_999;
    private readonly SandboxFixture _sandbox;
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly MemoryBook _book;
    private readonly StripePipeline _pipeline;
    private readonly StripeProvider _provider;
    private readonly PaymentFlows _flows;
    private readonly string _id = Requests.NewId();

    public StripeFlowTests(SandboxFixture sandbox)
    {
        sandbox.RequireSandbox();
        _sandbox = sandbox;
        var options = new StripeOptions
        {
            ApiBase = sandbox.Http.BaseAddress!,
            ReturnUrl = "http://127.0.0.1:8080/checkout/return",
            RetryPause = TimeSpan.FromMilliseconds(25),
            AttemptTimeout = TimeSpan.FromSeconds(5),
        };
        _book = new MemoryBook(_time);
        _pipeline = new StripePipeline(options, new(10_000, 10_000), TimeProvider.System);
        _provider = new StripeProvider(StripeServices.Client(options, SandboxOptions.DevelopmentApiKey), _pipeline, options);
        _flows = new PaymentFlows(_book, new PaymentProviders([_provider]), _time);
    }

    public void Dispose() => _pipeline.Dispose();

    [Fact]
    public async Task Authorise_capture_refund()
    {
        var held = await AuthorizeAsync("pm_card_visa");
        Assert.Equal((PaymentStatus.Authorized, Amount), (held.Status, held.Amount));
        Assert.Equal((PaymentStatus.Captured, Amount), Standing(await CaptureAsync()));
        var part = await RefundAsync("r1", 999);
        Assert.Equal((PaymentStatus.Refunded, 999L), (part.Status, part.Refunded));
        Assert.Equal(Amount, (await RefundAsync("r2", 1_000)).Refunded);
        Assert.Equal(Amount, (await RefundAsync("r2", 1_000)).Refunded);
        var over = await _flows.RefundAsync(_id, new("r3", 1, "EUR", ""), default);
        Assert.Equal("refund_exceeds_captured", over.Refused?.Reason);
        await ExpectAsync(authorizations: 1, captures: 1, refunds: 2);
    }

    [Fact]
    public async Task Everything_may_be_asked_twice()
    {
        var first = await AuthorizeAsync("pm_card_visa");
        Assert.Equal(first, await AuthorizeAsync("pm_card_visa"));
        await CaptureAsync();
        Assert.Equal(PaymentStatus.Captured, (await CaptureAsync()).Status);
        Assert.Equal(PaymentStatus.Captured, (await AuthorizeAsync("pm_card_visa")).Status);
        await ExpectAsync(authorizations: 1, captures: 1);
    }

    [Fact]
    public async Task Other_content_under_the_same_id_is_refused()
    {
        await AuthorizeAsync("pm_card_visa");
        var other = await _flows.AuthorizeAsync(_id, Begin("pm_card_visa") with { Amount = 1 }, default);
        Assert.Equal((RefusalKind.AlreadyExists, "payment_id_reused"), (other.Refused!.Kind, other.Refused.Reason));
    }

    [Theory]
    [InlineData("pm_card_visa_chargeDeclined", "card_declined/generic_decline")]
    [InlineData("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined/insufficient_funds")]
    [InlineData("pm_card_chargeDeclinedExpiredCard", "expired_card")]
    [InlineData("pm_card_chargeDeclinedProcessingError", "processing_error")]
    [InlineData("pm_card_nobody_knows", "resource_missing")]
    public async Task A_decline_is_an_answer_and_stays_one(string card, string code)
    {
        var declined = await AuthorizeAsync(card);
        Assert.Equal((PaymentStatus.Declined, code), (declined.Status, declined.Decline?.Code));
        Assert.Equal(PaymentStatus.Declined, (await AuthorizeAsync(card)).Status);
        Assert.Equal(PaymentStatus.Declined, (await VoidAsync()).Status);
        await ExpectAsync();
    }

    [Theory]
    [InlineData(49, "amount_too_small")]
    [InlineData(100_000_000, "amount_too_large")]
    public async Task An_amount_the_provider_does_not_take_is_a_decline(long amount, string code)
    {
        var answer = await _flows.AuthorizeAsync(_id, Begin("pm_card_visa") with { Amount = amount }, default);
        Assert.Equal((PaymentStatus.Declined, code), (answer.Payment!.Status, answer.Payment.Decline!.Code));
    }

    [Fact]
    public async Task A_challenge_passed_is_learned_by_looking()
    {
        var waiting = await AuthorizeAsync("pm_card_threeDSecure2Required");
        Assert.Equal(PaymentStatus.ActionRequired, waiting.Status);
        Assert.StartsWith(waiting.ProviderReference + "_secret_", waiting.Action!.ClientSecret);
        Assert.Contains("/sandbox/3ds/", waiting.Action.RedirectUrl);
        await _sandbox.ChallengeAsync(waiting.ProviderReference!, "complete");
        var held = (await _flows.GetAsync(_id, refresh: true, default)).Payment!;
        Assert.Equal((PaymentStatus.Authorized, (CustomerAction?)null), (held.Status, held.Action));
    }

    [Fact]
    public async Task A_challenge_failed_closes_the_payment()
    {
        var waiting = await AuthorizeAsync("pm_card_threeDSecure2Required");
        await _sandbox.ChallengeAsync(waiting.ProviderReference!, "fail");
        var failed = (await _flows.GetAsync(_id, refresh: true, default)).Payment!;
        Assert.Equal((PaymentStatus.Declined, "payment_intent_authentication_failure"), (failed.Status, failed.Decline!.Code));
        // The browser must not be able to pay with another card later on.
        Assert.Equal([(_id, failed.ProviderReference!)], _book.Releases);
    }

    [Theory]
    [InlineData("pm_card_visa")]
    [InlineData("pm_card_threeDSecure2Required")]
    public async Task A_void_is_a_void_at_the_provider_too(string card)
    {
        await AuthorizeAsync(card);
        Assert.Equal(PaymentStatus.Voided, (await VoidAsync()).Status);
        Assert.Equal(PaymentStatus.Voided, (await VoidAsync()).Status);
        var late = await _flows.AuthorizeAsync(_id, Begin(card), default);
        Assert.Equal("payment_voided", late.Refused?.Reason);
        var effects = await _sandbox.EffectsAsync(_id);
        Assert.Equal((1, 0L), (effects.GetProperty("cancellations").GetInt32(), effects.GetProperty("amount_authorized").GetInt64()));
    }

    [Fact]
    public async Task A_void_before_the_authorisation_is_remembered()
    {
        Assert.Equal(PaymentStatus.Voided, (await VoidAsync()).Status);
        var late = await _flows.AuthorizeAsync(_id, Begin("pm_card_visa"), default);
        Assert.Equal((RefusalKind.Precondition, "payment_voided"), (late.Refused!.Kind, late.Refused.Reason));
        await ExpectAsync();
    }

    [Fact]
    public async Task Taken_money_cannot_be_voided()
    {
        await AuthorizeAsync("pm_card_visa");
        await CaptureAsync();
        var refused = await _flows.VoidAsync(_id, new("test"), default);
        Assert.Equal("payment_captured", refused.Refused?.Reason);
    }

    [Theory]
    [InlineData("drop_before")]
    [InlineData("drop_after")]
    [InlineData("refuse")]
    public async Task A_broken_call_is_repeated_under_the_same_key(string kind)
    {
        await FaultAsync("payment_intents.create", kind);
        await FaultAsync("payment_intents.capture", kind);
        Assert.Equal(PaymentStatus.Authorized, (await AuthorizeAsync("pm_card_visa")).Status);
        Assert.Equal(PaymentStatus.Captured, (await CaptureAsync()).Status);
        await ExpectAsync(authorizations: 1, captures: 1);
    }

    [Theory]
    [InlineData("fail")]
    [InlineData("fail_after_effect")]
    public async Task A_failure_kept_under_the_key_is_looked_into(string kind)
    {
        await FaultAsync("payment_intents.create", kind);
        Assert.Equal(PaymentStatus.Authorized, (await AuthorizeAsync("pm_card_visa")).Status);
        await FaultAsync("payment_intents.capture", kind);
        Assert.Equal(PaymentStatus.Captured, (await CaptureAsync()).Status);
        await FaultAsync("refunds.create", kind);
        Assert.Equal(Amount, (await RefundAsync("all", Amount)).Refunded);
        await ExpectAsync(authorizations: 1, captures: 1, refunds: 1);
    }

    [Fact]
    public async Task What_stays_unknown_is_said_to_be_and_asked_again_later()
    {
        await FaultAsync("payment_intents.create", "drop_after", times: 100);
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => AuthorizeAsync("pm_card_visa"));
        Assert.Equal(PaymentStatus.Pending, _book.Payments[_id].Status);
        await _sandbox.ControlAsync("faults/clear", new { });
        Assert.Equal(PaymentStatus.Authorized, (await AuthorizeAsync("pm_card_visa")).Status);
        await ExpectAsync(authorizations: 1);
    }

    [Fact]
    public async Task A_void_of_an_unknown_authorisation_finds_and_cancels_it()
    {
        await FaultAsync("payment_intents.create", "drop_after", times: 100);
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => AuthorizeAsync("pm_card_visa"));
        await _sandbox.ControlAsync("faults/clear", new { });
        Assert.Equal(PaymentStatus.Voided, (await VoidAsync()).Status);
        var effects = await _sandbox.EffectsAsync(_id);
        Assert.Equal((1, 0L), (effects.GetProperty("cancellations").GetInt32(), effects.GetProperty("amount_authorized").GetInt64()));
    }

    [Fact]
    public async Task A_void_while_the_authorisation_runs_wins()
    {
        await FaultAsync("payment_intents.create", "none", delayBeforeMs: 200);
        var authorize = _flows.AuthorizeAsync(_id, Begin("pm_card_visa"), default);
        while (!_book.Payments.ContainsKey(_id))
            await Task.Yield();
        var voided = await VoidAsync();
        Assert.Equal("payment_voided", (await authorize).Refused?.Reason);
        Assert.Equal(PaymentStatus.Voided, voided.Status);
        var effects = await _sandbox.EffectsAsync(_id);
        Assert.Equal(0L, effects.GetProperty("amount_authorized").GetInt64());
        Assert.Single(effects.GetProperty("intents").EnumerateArray());
    }

    [Fact]
    public async Task Twenty_at_once_hold_once()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _flows.AuthorizeAsync(_id, Begin("pm_card_visa"), default)));
        Assert.All(answers, answer => Assert.Equal(PaymentStatus.Authorized, answer.Payment!.Status));
        await ExpectAsync(authorizations: 1);
    }

    [Fact]
    public async Task A_hold_that_expired_cannot_be_captured()
    {
        await AuthorizeAsync("pm_card_visa");
        await _provider.CancelAsync(new(_id, _book.Payments[_id].ProviderReference!, Requests.NewId()), default);
        var refused = await _flows.CaptureAsync(_id, new(Amount, "EUR"), default);
        Assert.Equal("payment_not_authorized", refused.Refused?.Reason);
        Assert.Equal(PaymentStatus.Voided, _book.Payments[_id].Status);
    }

    [Fact]
    public async Task Only_the_authorised_amount_can_be_captured()
    {
        await AuthorizeAsync("pm_card_visa");
        var refused = await _flows.CaptureAsync(_id, new(Amount - 1, "EUR"), default);
        Assert.Equal("capture_amount_differs", refused.Refused?.Reason);
        Assert.Equal("capture_amount_differs", (await _flows.CaptureAsync(_id, new(Amount, "USD"), default)).Refused?.Reason);
    }

    [Fact]
    public async Task After_a_day_a_look_up_comes_before_the_key()
    {
        await FaultAsync("payment_intents.create", "drop_after", times: 100);
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => AuthorizeAsync("pm_card_visa"));
        await _sandbox.ControlAsync("faults/clear", new { });
        // The provider has forgotten the key by now: repeating it would hold the money a second time.
        await _sandbox.ControlAsync("clock", new { advance_seconds = 25 * 3_600 });
        _time.Advance(TimeSpan.FromHours(25));
        Assert.Equal(PaymentStatus.Authorized, (await AuthorizeAsync("pm_card_visa")).Status);
        await ExpectAsync(authorizations: 1);
    }

    [Fact]
    public async Task A_refused_key_is_nobodys_decline()
    {
        var options = new StripeOptions { ApiBase = _sandbox.Http.BaseAddress!, ReturnUrl = "http://127.0.0.1/" };
        var stranger = new PaymentFlows(
            _book, new PaymentProviders([new StripeProvider(StripeServices.Client(options, "sk_test_wrong"), _pipeline, options)]), _time);
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => stranger.AuthorizeAsync(_id, Begin("pm_card_visa"), default));
        Assert.Equal(PaymentStatus.Pending, _book.Payments[_id].Status);
    }

    [Fact]
    public void A_live_key_is_not_sent_in_clear_text() => Assert.Throws<InvalidOperationException>(() =>
        StripeServices.Client(new StripeOptions { ApiBase = new Uri("http://example.com"), ReturnUrl = "" }, "sk_live_x"));

    [Theory]
    [InlineData(1)]
    [InlineData(Amount - 1)]
    public async Task A_partial_capture_lets_the_rest_go(long part)
    {
        await AuthorizeAsync("pm_card_visa");
        var taken = Done(await _flows.CaptureAsync(_id, new(part, "EUR", Partial: true), default));
        Assert.Equal((PaymentStatus.Captured, part, part), (taken.Status, taken.Captured, taken.Refundable));
        Assert.Equal(taken, Done(await _flows.CaptureAsync(_id, new(part, "EUR", Partial: true), default)));
        Assert.Equal("capture_amount_differs", (await _flows.CaptureAsync(_id, new(Amount, "EUR"), default)).Refused?.Reason);
        Assert.Equal("capture_amount_differs", (await _flows.CaptureAsync(_id, new(2, "EUR", Partial: true), default)).Refused?.Reason);
        Assert.Equal(
            [(LedgerKind.Authorized, Amount), (LedgerKind.Captured, part), (LedgerKind.Voided, Amount - part)],
            taken.Ledger.Select(entry => (entry.Kind, entry.Amount)));
        await ExpectAsync(authorizations: 1, captures: 1);
    }

    private static BeginAuthorize Begin(string card) => new(Amount, "EUR", card, "customer-1", "jane@example.com");

    private static (PaymentStatus, long) Standing(Payment payment) => (payment.Status, payment.Captured);

    private async Task<Payment> AuthorizeAsync(string card) => Done(await _flows.AuthorizeAsync(_id, Begin(card), default));

    private async Task<Payment> CaptureAsync() => Done(await _flows.CaptureAsync(_id, new(Amount, "EUR"), default));

    private async Task<Payment> VoidAsync() => Done(await _flows.VoidAsync(_id, new("test"), default));

    private async Task<Payment> RefundAsync(string refundId, long amount) => Done(await _flows.RefundAsync(_id, new(refundId, amount, "EUR", "test"), default));

    private static Payment Done(PaymentAnswer answer)
    {
        Assert.Null(answer.Refused);
        return answer.Payment!;
    }

    private Task FaultAsync(string operation, string kind, int times = 1, int delayBeforeMs = 0) => _sandbox.ControlAsync(
        "faults", new { operation, kind, times, delay_before_ms = delayBeforeMs, match = new Dictionary<string, string> { ["payment_id"] = _id } });

    private async Task ExpectAsync(int authorizations = 0, int captures = 0, int refunds = 0)
    {
        var effects = await _sandbox.EffectsAsync(_id);
        Assert.Equal(
            (authorizations, captures, refunds),
            (effects.GetProperty("authorizations").GetInt32(), effects.GetProperty("captures").GetInt32(), effects.GetProperty("refunds").GetInt32()));
    }
}
