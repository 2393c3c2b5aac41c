using Microsoft.Extensions.Time.Testing;
using NexusCart.Payments.Actors;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Flows;
using NexusCart.Payments.Providers;
using NexusCart.Payments.Providers.PayPal;
using NexusCart.Sandbox;
using NexusCart.Tests.Unit.Sandbox;

namespace NexusCart.Tests.Unit.Payments;

/// <summary>The flows over PayPal's API against the sandbox, with everything going wrong that a network can do.</summary>
public sealed class PayPalFlowTests : IClassFixture<SandboxFixture>, IDisposable
{
    private const long Amount = 1_999;
    private readonly SandboxFixture _sandbox;
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly MemoryBook _book;
    private readonly PayPalPipeline _pipeline;
    private readonly PayPalOptions _options;
    private readonly PaymentFlows _flows;
    private readonly string _id = Requests.NewId();

    public PayPalFlowTests(SandboxFixture sandbox)
    {
        sandbox.RequireSandbox();
        _sandbox = sandbox;
        _options = new PayPalOptions
        {
            ApiBase = sandbox.Http.BaseAddress!,
            ReturnUrl = "http://127.0.0.1:8080/checkout/return",
            CancelUrl = "http://127.0.0.1:8080/checkout/return",
            RequestsPerSecond = 10_000,
            RequestsPerSecondPerEndpoint = 10_000,
            RetryPause = TimeSpan.FromMilliseconds(25),
            AttemptTimeout = TimeSpan.FromSeconds(5),
        };
        _book = new MemoryBook(_time);
        _pipeline = new PayPalPipeline(_options, TimeProvider.System);
        _flows = Flows(SandboxOptions.DevelopmentPayPalSecret);
    }

    public void Dispose() => _pipeline.Dispose();

    [Fact]
    public async Task Approve_authorise_capture_refund()
    {
        var waiting = await AuthorizeAsync();
        Assert.Equal(PaymentStatus.ActionRequired, waiting.Status);
        Assert.Contains("/checkoutnow?token=" + waiting.ProviderReference, waiting.Action!.RedirectUrl);
        Assert.Null(waiting.Action.ClientSecret);
        await ApproveAsync();
        var held = await LookAsync();
        Assert.Equal((PaymentStatus.Authorized, Amount, (CustomerAction?)null), (held.Status, held.Amount, held.Action));
        Assert.NotNull(held.HoldReference);
        Assert.True(held.HoldEnds > _time.GetUtcNow().AddDays(20));

        Assert.Equal((PaymentStatus.Captured, Amount), Standing(await CaptureAsync()));
        Assert.Equal(999, (await RefundAsync("r1", 999)).Refunded);
        Assert.Equal(Amount, (await RefundAsync("r2", 1_000)).Refunded);
        Assert.Equal(Amount, (await RefundAsync("r2", 1_000)).Refunded);
        Assert.Equal("refund_exceeds_captured", (await _flows.RefundAsync(_id, new("r3", 1, "EUR", ""), default)).Refused?.Reason);
        Assert.Null(Ledger.Audit(_book.Payments[_id]));
        await ExpectAsync(authorizations: 1, captures: 1, refunds: 2);
    }

    [Fact]
    public async Task Everything_may_be_asked_twice()
    {
        var first = await AuthorizeAsync();
        Assert.Equal(first, await AuthorizeAsync());
        await ApproveAsync();
        Assert.Equal(PaymentStatus.Authorized, (await LookAsync()).Status);
        Assert.Equal(PaymentStatus.Authorized, (await LookAsync()).Status);
        await CaptureAsync();
        Assert.Equal(PaymentStatus.Captured, (await CaptureAsync()).Status);
        await ExpectAsync(authorizations: 1, captures: 1);
    }

    [Fact]
    public async Task A_partial_capture_lets_the_rest_go()
    {
        await HeldAsync();
        var taken = Done(await _flows.CaptureAsync(_id, new(1_500, "EUR", Partial: true), default));
        Assert.Equal((PaymentStatus.Captured, 1_500L), Standing(taken));
        Assert.Equal(499, LedgerTotals.Of(taken.Ledger).Voided);
        Assert.Equal((PaymentStatus.Captured, 1_500L), Standing(await LookAsync()));
    }

    [Fact]
    public async Task A_declined_instrument_lets_the_buyer_choose_again()
    {
        await AuthorizeAsync();
        await ApproveAsync("declined");
        var again = await LookAsync();
        Assert.Equal((PaymentStatus.ActionRequired, "instrument_declined", 2), (again.Status, again.Decline?.Code, again.Generation));
        await ApproveAsync();
        var held = await LookAsync();
        Assert.Equal((PaymentStatus.Authorized, (Decline?)null), (held.Status, held.Decline));
        await ExpectAsync(authorizations: 1);
    }

    [Fact]
    public async Task After_three_declined_instruments_it_is_over()
    {
        await AuthorizeAsync();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            await ApproveAsync("declined");
            await LookAsync();
        }

        Assert.Equal((PaymentStatus.Declined, "instrument_declined"), (_book.Payments[_id].Status, _book.Payments[_id].Decline?.Code));
        await ExpectAsync();
    }

    [Theory]
    [InlineData("refused", "transaction_refused")]
    [InlineData("locked", "payer_account_locked_or_closed")]
    public async Task A_refused_buyer_is_a_decline(string buyer, string code)
    {
        await AuthorizeAsync();
        await ApproveAsync(buyer);
        var declined = await LookAsync();
        Assert.Equal((PaymentStatus.Declined, code), (declined.Status, declined.Decline?.Code));
    }

    [Fact]
    public async Task An_amount_PayPal_cannot_pay_is_a_decline()
    {
        var declined = Done(await _flows.AuthorizeAsync(_id, new(1_000, "KWD", "paypal", "c", ""), default));
        Assert.Equal((PaymentStatus.Declined, "amount_not_payable"), (declined.Status, declined.Decline?.Code));
    }

    [Theory]
    [InlineData("drop_before")]
    [InlineData("drop_after")]
    [InlineData("refuse")]
    [InlineData("fail")]
    [InlineData("fail_after_effect")]
    public async Task A_broken_call_is_repeated_under_the_same_key(string kind)
    {
        await FaultAsync("orders.create", kind);
        await AuthorizeAsync();
        await ApproveAsync();
        await FaultAsync("orders.authorize", kind);
        Assert.Equal(PaymentStatus.Authorized, (await LookAsync()).Status);
        await FaultAsync("authorizations.capture", kind);
        Assert.Equal(PaymentStatus.Captured, (await CaptureAsync()).Status);
        await FaultAsync("captures.refund", kind);
        Assert.Equal(Amount, (await RefundAsync("all", Amount)).Refunded);
        await ExpectAsync(authorizations: 1, captures: 1, refunds: 1);
    }

    [Fact]
    public async Task A_void_lets_the_hold_go()
    {
        await HeldAsync();
        Assert.Equal(PaymentStatus.Voided, (await VoidAsync()).Status);
        Assert.Equal(PaymentStatus.Voided, (await VoidAsync()).Status);
        await ExpectAsync(authorizations: 1, cancellations: 1);
    }

    [Fact]
    public async Task A_buyer_who_approves_after_the_void_pays_nothing()
    {
        await AuthorizeAsync();
        Assert.Equal(PaymentStatus.Voided, (await VoidAsync()).Status);
        await ApproveAsync();
        Assert.Equal(PaymentStatus.Voided, (await LookAsync()).Status);
        await ExpectAsync();
    }

    [Fact]
    public async Task A_hold_that_comes_after_the_void_is_let_go()
    {
        var waiting = await AuthorizeAsync();
        await ApproveAsync();
        await _book.ExecuteAsync(_id, new BeginVoid("test"), default);
        await _book.ExecuteAsync(_id, new Observe(new(ProviderStatus.Canceled, waiting.ProviderReference)), default);
        await Provider(SandboxOptions.DevelopmentPayPalSecret).FinishAsync(new(_id, waiting.ProviderReference!, $"{_id}/finish/1"), default);
        await LookAsync();
        Assert.Equal([(_id, waiting.ProviderReference!)], _book.Releases);
        await Provider(SandboxOptions.DevelopmentPayPalSecret).CancelAsync(new(_id, waiting.ProviderReference!, $"{_id}/release/1"), default);
        await ExpectAsync(authorizations: 1, cancellations: 1);
    }

    [Theory]
    [InlineData("capture-refused")]
    [InlineData("capture-declined")]
    public async Task A_capture_that_is_refused_is_an_answer(string buyer)
    {
        await HeldAsync(buyer);
        await Assert.ThrowsAsync<ProviderRefusedException>(CaptureAsync);
        Assert.Equal(PaymentStatus.Voided, (await VoidAsync()).Status);
    }

    [Fact]
    public async Task Money_on_its_way_is_not_there()
    {
        await HeldAsync("echeck");
        await Assert.ThrowsAsync<OutcomeUnknownException>(CaptureAsync);
        Assert.Equal(PaymentStatus.Authorized, _book.Payments[_id].Status);
    }

    [Fact]
    public async Task A_refund_that_fails_later_is_told()
    {
        await HeldAsync("refund-fails");
        await CaptureAsync();
        Assert.Equal(Amount, (await RefundAsync("all", Amount)).Refunded);
        await _sandbox.ControlAsync("clock", new { advance_seconds = 3_600 });
        var later = await LookAsync();
        Assert.Equal((PaymentStatus.Captured, 0L), (later.Status, later.Refunded));
        Assert.Equal("all", Assert.Single(_book.FailedRefunds).Id);
    }

    [Fact]
    public async Task A_wrong_secret_is_nobodys_decline()
    {
        var stranger = Flows("wrong");
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => stranger.AuthorizeAsync(_id, Begin(), default));
        Assert.Equal(PaymentStatus.Pending, _book.Payments[_id].Status);
    }

    [Fact]
    public void A_secret_is_not_sent_in_clear_text() => Assert.Throws<InvalidOperationException>(() =>
        PayPalServices.Client(_options with { ApiBase = new Uri("http://example.com") }, "id", "secret", _time));

    private static BeginAuthorize Begin() => new(Amount, "EUR", "paypal", "customer-1", "jane@example.com");

    private static (PaymentStatus, long) Standing(Payment payment) => (payment.Status, payment.Captured);

    private PaymentFlows Flows(string secret) => new(_book, new PaymentProviders([Provider(secret)]), _time);

    private PayPalProvider Provider(string secret) => new(
        PayPalServices.Client(_options, SandboxOptions.DevelopmentPayPalClientId, secret, TimeProvider.System), _pipeline, _options);

    private async Task HeldAsync(string buyer = "buyer")
    {
        await AuthorizeAsync();
        await ApproveAsync(buyer);
        Assert.Equal(PaymentStatus.Authorized, (await LookAsync()).Status);
    }

    private async Task<Payment> AuthorizeAsync() => Done(await _flows.AuthorizeAsync(_id, Begin(), default));

    private Task ApproveAsync(string buyer = "buyer") =>
        _sandbox.ControlAsync($"paypal/orders/{_book.Payments[_id].ProviderReference}/approve", new { buyer });

    private async Task<Payment> LookAsync() => Done(await _flows.GetAsync(_id, refresh: true, default));

    private async Task<Payment> CaptureAsync() => Done(await _flows.CaptureAsync(_id, new(Amount, "EUR"), default));

    private async Task<Payment> VoidAsync() => Done(await _flows.VoidAsync(_id, new("test"), default));

    private async Task<Payment> RefundAsync(string refundId, long amount) => Done(await _flows.RefundAsync(_id, new(refundId, amount, "EUR", "test"), default));

    private static Payment Done(PaymentAnswer answer)
    {
        Assert.Null(answer.Refused);
        return answer.Payment!;
    }

    private Task FaultAsync(string operation, string kind) => _sandbox.ControlAsync(
        "faults", new { provider = "paypal", operation, kind, match = new Dictionary<string, string> { ["payment_id"] = _id } });

    private async Task ExpectAsync(int authorizations = 0, int captures = 0, int refunds = 0, int cancellations = 0)
    {
        var effects = await _sandbox.EffectsAsync(_id);
        Assert.Equal(
            (authorizations, captures, refunds, cancellations),
            (
                effects.GetProperty("authorizations").GetInt32(),
                effects.GetProperty("captures").GetInt32(),
                effects.GetProperty("refunds").GetInt32(),
                effects.GetProperty("cancellations").GetInt32()));
    }
}
