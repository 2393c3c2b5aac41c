using NexusCart.Payments.Domain;

namespace NexusCart.Tests.Unit.Payments;

/// <summary>Refunds that staff made at the provider, told of in any order.</summary>
public sealed class RefundNewsTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;
    private static readonly RefundObservation Given = new("part-1", "re_1", Accepted: true) { Amount = 400 };

    [Fact]
    public void News_of_a_refund_before_its_capture_has_the_provider_asked()
    {
        var held = Held();
        var early = PaymentMachine.Decide("p", held, new ObserveRefund(Given, "evt_1"), Now);
        Assert.Null(early.Anomaly);
        Assert.Equal(("evt_1", "p", "pi_1", Given), (early.Inbox?.EventId, early.Inbox?.PaymentId, early.Inbox?.Reference, early.Inbox?.Refund));

        var taken = PaymentMachine.Decide("p", early.Payment, new Observe(Sight(ProviderStatus.Captured)), Now).Payment;
        var booked = PaymentMachine.Decide("p", taken, new ObserveRefund(Given), Now);
        Assert.Equal((PaymentStatus.Refunded, 400L, PaymentNews.Refunded), (booked.Payment!.Status, booked.Payment.Refunded, booked.News));
        var again = PaymentMachine.Decide("p", booked.Payment, new ObserveRefund(Given, "evt_1"), Now);
        Assert.Equal((400L, (PaymentNews?)null, (InboxItem?)null), (again.Payment!.Refunded, again.News, again.Inbox));
    }

    [Fact]
    public void What_was_looked_up_and_still_fits_nothing_is_an_anomaly()
    {
        var decision = PaymentMachine.Decide("p", Held(), new ObserveRefund(Given), Now);
        Assert.NotNull(decision.Anomaly);
        Assert.Null(decision.Inbox);
    }

    [Fact]
    public void A_failure_told_of_before_its_refund_is_the_last_word()
    {
        var taken = PaymentMachine.Decide("p", Held(), new Observe(Sight(ProviderStatus.Captured)), Now).Payment;
        var failed = PaymentMachine.Decide("p", taken, new ObserveRefund(Given with { Accepted = false, Failure = "lost_card" }, "evt_2"), Now);
        Assert.Equal((0L, (PaymentNews?)null), (failed.Payment!.Refunded, failed.News));
        var late = PaymentMachine.Decide("p", failed.Payment, new ObserveRefund(Given, "evt_1"), Now).Payment!;
        Assert.Equal((PaymentStatus.Captured, 0L, 1_000L), (late.Status, late.Refunded, late.Refundable));
    }

    private static Payment Held()
    {
        var begun = PaymentMachine.Decide("p", null, new BeginAuthorize(1_000, "EUR", "pm_card_visa", "customer-1", "jane@example.org"), Now).Payment;
        return PaymentMachine.Decide("p", begun, new Observe(Sight(ProviderStatus.Authorized)), Now).Payment!;
    }

    private static Observation Sight(ProviderStatus status) =>
        new(status, "pi_1") { Amount = 1_000, Currency = "EUR", Captured = status == ProviderStatus.Captured ? 1_000 : 0 };
}
