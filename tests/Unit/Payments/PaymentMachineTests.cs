using NexusCart.Payments.Domain;

namespace NexusCart.Tests.Unit.Payments;

/// <summary>The corners of the state machine.</summary>
public sealed class PaymentMachineTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    [Fact]
    public void A_webhook_may_come_before_the_answer()
    {
        var held = After(Begin(), Seen(ProviderStatus.Authorized));
        Assert.Equal(PaymentStatus.Authorized, held.Status);
        Assert.Equal(NextStep.None, Decide(held, Begin()).Next);
    }

    [Fact]
    public void An_event_counts_once()
    {
        var payment = After(Begin(), new Observe(Sight(ProviderStatus.ActionRequired), "evt_1"));
        var again = Decide(payment, new Observe(Sight(ProviderStatus.Declined), "evt_1"));
        Assert.Same(payment, again.Payment);
        Assert.Null(again.News);
    }

    [Fact]
    public void What_is_old_changes_nothing()
    {
        var captured = After(Begin(), Seen(ProviderStatus.Authorized), Seen(ProviderStatus.Captured));
        foreach (var old in new[] { ProviderStatus.Open, ProviderStatus.ActionRequired, ProviderStatus.Authorized, ProviderStatus.Captured })
        {
            var decision = Decide(captured, Seen(old));
            Assert.Same(captured, decision.Payment);
            Assert.Equal((null, null, null), (decision.News, decision.Release, decision.Anomaly));
        }
    }

    [Fact]
    public void Another_amount_at_the_provider_is_an_anomaly()
    {
        var payment = After(Begin());
        var decision = Decide(payment, new Observe(Sight(ProviderStatus.Authorized) with { Amount = 1 }, "evt_1"));
        Assert.NotNull(decision.Anomaly);
        Assert.Same(payment, decision.Payment);
    }

    [Fact]
    public void A_second_payment_at_the_provider_is_let_go()
    {
        var payment = After(Begin(), Seen(ProviderStatus.Authorized));
        var stray = Decide(payment, new Observe(Sight(ProviderStatus.Authorized) with { Reference = "pi_other" }));
        Assert.Equal("pi_other", stray.Release);
        Assert.Same(payment, stray.Payment);
        var taken = Decide(payment, new Observe(Sight(ProviderStatus.Captured) with { Reference = "pi_other" }));
        Assert.NotNull(taken.Anomaly);
    }

    [Fact]
    public void A_customer_who_is_forgotten_leaves_the_money_as_it_was()
    {
        var captured = After(Begin(), Seen(ProviderStatus.Authorized), Seen(ProviderStatus.Captured)) with { Email = "ann@example.org" };
        var forgotten = Decide(captured, new ForgetContact());
        Assert.Null(forgotten.News);
        Assert.Equal(captured with { Email = "", PaymentMethod = "", Version = captured.Version + 1, UpdatedAt = Now }, forgotten.Payment);
        Assert.Same(forgotten.Payment, Decide(forgotten.Payment!, new ForgetContact()).Payment);
        Assert.Equal(RefusalKind.NotFound, PaymentMachine.Decide("order-2", null, new ForgetContact(), Now).Refused?.Kind);
    }

    [Fact]
    public void A_capture_may_beat_a_void()
    {
        var voiding = After(Begin(), Seen(ProviderStatus.Authorized), new BeginVoid("late"));
        Assert.True(voiding.Voiding);
        Assert.Equal("payment_voided", Decide(voiding, new BeginCapture(1_000, "EUR")).Refused?.Reason);
        var taken = After(voiding, Seen(ProviderStatus.Captured));
        Assert.Equal((PaymentStatus.Captured, false), (taken.Status, taken.Voiding));
        Assert.Equal("payment_captured", Decide(taken, new BeginVoid("late")).Refused?.Reason);
    }

    [Fact]
    public void A_hold_that_ran_out_is_void()
    {
        var payment = After(Begin(), Seen(ProviderStatus.Authorized));
        var decision = Decide(payment, Seen(ProviderStatus.Canceled));
        Assert.Equal((PaymentStatus.Voided, PaymentNews.Voided), (decision.Payment!.Status, decision.News));
    }

    [Fact]
    public void A_spent_key_raises_the_generation_once()
    {
        var payment = After(Begin(), new KeySpent(1));
        Assert.Equal(2, payment.Generation);
        Assert.Same(payment, Decide(payment, new KeySpent(1)).Payment);
    }

    [Fact]
    public void A_refund_that_fails_later_is_told_and_its_money_free_again()
    {
        var paid = After(Begin(), Seen(ProviderStatus.Authorized), Seen(ProviderStatus.Captured), new BeginRefund("r1", 400, "EUR", ""));
        Assert.Equal((0, 600), (paid.Refunded, paid.Refundable));
        var given = After(paid, new ObserveRefund(new("r1", "re_1", Accepted: true)));
        Assert.Equal((PaymentStatus.Refunded, 400), (given.Status, given.Refunded));
        var failed = Decide(given, new ObserveRefund(new("r1", "re_1", Accepted: false, "lost_or_stolen_card"), "evt_9"));
        Assert.Equal((PaymentStatus.Captured, 0, 1_000), (failed.Payment!.Status, failed.Payment.Refunded, failed.Payment.Refundable));
        Assert.Equal(PaymentNews.Refunded, failed.News);
        // The success that was on its way all the time does not undo it.
        Assert.Equal(0, After(failed.Payment, new ObserveRefund(new("r1", "re_1", Accepted: true), "evt_8")).Refunded);
        Assert.Equal("refund_failed", Decide(failed.Payment, new BeginRefund("r1", 400, "EUR", "")).Refused?.Reason);
    }

    [Fact]
    public void Refunds_under_way_share_what_is_left()
    {
        var paid = After(Begin(), Seen(ProviderStatus.Authorized), Seen(ProviderStatus.Captured), new BeginRefund("r1", 700, "EUR", ""));
        Assert.Equal("refund_exceeds_captured", Decide(paid, new BeginRefund("r2", 301, "EUR", "")).Refused?.Reason);
        Assert.Equal("refund_exceeds_captured", Decide(paid, new BeginRefund("r2", 1, "USD", "")).Refused?.Reason);
        Assert.Equal("refund_id_reused", Decide(paid, new BeginRefund("r1", 1, "EUR", "")).Refused?.Reason);
        Assert.Equal(NextStep.Refund, Decide(paid, new BeginRefund("r2", 300, "EUR", "")).Next);
    }

    [Fact]
    public void What_nobody_began_is_not_found()
    {
        foreach (var command in new PaymentCommand[] { new Read(), new BeginCapture(1, "EUR"), new BeginRefund("r", 1, "EUR", ""), Seen(ProviderStatus.Captured) })
            Assert.Equal(RefusalKind.NotFound, PaymentMachine.Decide("order-1", null, command, Now).Refused?.Kind);
    }

    private static BeginAuthorize Begin() => new(1_000, "EUR", "pm_card_visa", "customer", "");

    private static Observation Sight(ProviderStatus status) => new(status, "pi_1")
    {
        Amount = 1_000,
        Currency = "EUR",
        Captured = status == ProviderStatus.Captured ? 1_000 : 0,
    };

    private static Observe Seen(ProviderStatus status) => new(Sight(status));

    private static PaymentDecision Decide(Payment payment, PaymentCommand command) => PaymentMachine.Decide("order-1", payment, command, Now);

    private static Payment After(params PaymentCommand[] commands) =>
        commands.Aggregate((Payment?)null, (payment, command) => PaymentMachine.Decide("order-1", payment, command, Now).Payment)!;

    private static Payment After(Payment payment, PaymentCommand command) => Decide(payment, command).Payment!;
}
