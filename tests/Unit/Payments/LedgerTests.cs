using NexusCart.Payments.Domain;

namespace NexusCart.Tests.Unit.Payments;

/// <summary>The ledger of one payment, and what else happens to money after it was taken.</summary>
public sealed class LedgerTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private Payment? _payment;

    [Fact]
    public void A_payments_life_is_in_its_ledger()
    {
        Captured();
        Do(new BeginRefund("r1", 300, "EUR", "return"));
        Do(new ObserveRefund(new("r1", "re_1", Accepted: true)));
        var failed = Do(new ObserveRefund(new("r1", "re_1", Accepted: false, "account_closed"), "evt_1"));
        Assert.Equal(("r1", "account_closed"), (failed.FailedRefund?.Id, failed.FailedRefund?.Failure));
        Do(new ObserveDispute(new("dp_1", 1_000, DisputeStatus.Open, "fraudulent")));
        Do(new ObserveDispute(new("dp_1", 1_000, DisputeStatus.Lost, "fraudulent")));
        Assert.Equal(
            [
                (LedgerKind.Authorized, 1_000L), (LedgerKind.Captured, 1_000L), (LedgerKind.Refunded, 300L), (LedgerKind.RefundFailed, 300L),
                (LedgerKind.Disputed, 1_000L), (LedgerKind.DisputeLost, 1_000L),
            ],
            _payment!.Ledger.Select(entry => (entry.Kind, entry.Amount)));
        Assert.Equal(new LedgerTotals(1_000, 0, 1_000, 0, 0, 1_000), LedgerTotals.Of(_payment.Ledger));
        Assert.Null(Ledger.Audit(_payment));
    }

    [Fact]
    public void A_refund_made_at_the_provider_is_taken_into_the_books()
    {
        Captured();
        var adopted = Do(new ObserveRefund(new("re_9", "re_9", Accepted: true) { Amount = 400 }, "evt_1"));
        Assert.Equal((PaymentNews.Refunded, 400L, 600L), (adopted.News, _payment!.Refunded, _payment.Refundable));
        Assert.NotNull(Do(new ObserveRefund(new("re_8", "re_8", Accepted: true) { Amount = 601 }, "evt_2")).Anomaly);
        Assert.Null(Ledger.Audit(_payment));
    }

    [Fact]
    public void A_refund_that_was_refused_at_once_is_nobodys_task()
    {
        Captured();
        Do(new BeginRefund("r1", 300, "EUR", ""));
        Assert.Null(Do(new ObserveRefund(new("r1", null, Accepted: false, "charge_disputed"))).FailedRefund);
        Assert.Equal(2, _payment!.Ledger.Count);
    }

    [Fact]
    public void A_dispute_closes_once_whatever_comes_late()
    {
        Captured();
        Assert.Equal(DisputeStatus.Won, Do(new ObserveDispute(new("dp_1", 500, DisputeStatus.Won, "general"), "evt_2")).Dispute?.Status);
        Assert.Null(Do(new ObserveDispute(new("dp_1", 500, DisputeStatus.Open, "general"), "evt_1")).Dispute);
        Assert.Equal(new LedgerTotals(1_000, 0, 1_000, 0, 0, 0), LedgerTotals.Of(_payment!.Ledger));
    }

    [Fact]
    public void A_dispute_over_money_that_was_never_taken_is_an_anomaly()
    {
        Do(new BeginAuthorize(1_000, "EUR", "pm_card", "c", ""));
        Assert.NotNull(Do(new ObserveDispute(new("dp_1", 500, DisputeStatus.Open, "general"))).Anomaly);
    }

    [Fact]
    public void An_old_payment_without_a_ledger_gets_one_with_its_next_change()
    {
        Captured();
        _payment = _payment! with { Ledger = [] };
        Do(new BeginRefund("r1", 300, "EUR", ""));
        Assert.Null(Ledger.Audit(_payment));
    }

    [Fact]
    public void What_does_not_add_up_is_told()
    {
        Captured();
        Assert.Contains("captured 900", Ledger.Audit(_payment! with { Captured = 900 }), StringComparison.Ordinal);
    }

    private void Captured()
    {
        Do(new BeginAuthorize(1_000, "EUR", "pm_card", "c", ""));
        Do(new Observe(new(ProviderStatus.Authorized, "pi_1") { Amount = 1_000, Currency = "EUR" }));
        Do(new Observe(new(ProviderStatus.Captured, "pi_1") { Amount = 1_000, Currency = "EUR", Captured = 1_000 }));
    }

    private PaymentDecision Do(PaymentCommand command)
    {
        var decision = PaymentMachine.Decide("order-1", _payment, command, Now);
        _payment = decision.Payment ?? _payment;
        return decision;
    }
}
