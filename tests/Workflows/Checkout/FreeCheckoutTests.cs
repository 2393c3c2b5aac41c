using NexusCart.Payments.V1;
using NexusCart.Workflows.Checkout;
using NexusCart.Workflows.Checkout.Activities;

namespace NexusCart.Tests.Workflows.Checkout;

/// <summary>An order that costs nothing, since promotions took all of it off: no provider hears of it, and every other step is as ever.</summary>
public class FreeCheckoutTests
{
    private static readonly string[] Money = ["Authorize", "Capture", "Void", "Refund", "GetPayment"];

    private readonly CheckoutBench _bench = new()
    {
        ToPay = 0,
        Redemptions = [new CheckoutRedemption("gift", "GIFT", CheckoutBench.Total)],
    };

    [Fact]
    public async Task It_is_paid_without_a_payment()
    {
        var output = await _bench.RunAsync();

        Assert.Equal(CheckoutEnd.Paid, output.End);
        Assert.Equal(["Commit"], _bench.Effects.Skip(2));
        Assert.Equal(["redeem succeeded", "reserve succeeded"], _bench.Journal.Steps.Take(2).Order());
        Assert.Equal(["confirm succeeded", "complete succeeded"], _bench.Journal.Steps.Skip(2));
        Assert.Equal((CheckoutBench.Units, 0, 1), (_bench.Inventory.Sold, _bench.Inventory.Held, _bench.Promotions.Redeemed));
        AssertNoMoney();
    }

    [Theory]
    [InlineData("Reserve", CheckoutReasons.InventoryUnavailable, "Restore Release")]
    [InlineData("Redeem", CheckoutReasons.PromotionsUnavailable, "Restore Release")]
    [InlineData("Commit", CheckoutReasons.InventoryUnavailable, "Commit Restock Restore Release")]
    public async Task A_step_that_stays_away_is_given_up_and_the_others_are_undone_in_reverse(string method, string reason, string rest)
    {
        _bench.Faults.Down(method);

        var output = await _bench.RunAsync();

        Assert.Equal((CheckoutEnd.Cancelled, reason), (output.End, output.Reason));
        Assert.Equal(rest, string.Join(' ', _bench.Effects.Where(call => call is not ("Reserve" or "Redeem"))));
        _bench.AssertNothingLeft();
        AssertNoMoney();
    }

    [Theory]
    [InlineData("Reserve")]
    [InlineData("Redeem")]
    [InlineData("Commit")]
    public async Task A_step_whose_answers_are_all_lost_is_undone_all_the_same(string method)
    {
        _bench.Faults.Mute(method);

        Assert.Equal(CheckoutEnd.Cancelled, (await _bench.RunAsync()).End);
        _bench.AssertNothingLeft();
        AssertNoMoney();
    }

    [Fact]
    public async Task An_expired_reservation_gives_the_coupon_back()
    {
        _bench.Runner.BeforeActivity = name =>
        {
            if (name == nameof(ConfirmActivity))
                _bench.Inventory.Expire(CheckoutBench.OrderId);
        };

        var output = await _bench.RunAsync();

        Assert.Equal((CheckoutEnd.Cancelled, CheckoutReasons.ReservationExpired), (output.End, output.Reason));
        _bench.AssertNothingLeft();
        AssertNoMoney();
    }

    [Theory]
    [InlineData(nameof(ConfirmActivity))]
    [InlineData(nameof(CompleteActivity))]
    public async Task Broken_off_it_is_undone_since_nothing_tells_that_it_was_sold(string before)
    {
        _bench.Runner.BeforeActivity = name =>
        {
            if (name == before)
                throw new NotSupportedException("Broken off by the test.");
        };
        await Assert.ThrowsAsync<NotSupportedException>(() => _bench.RunAsync());

        Assert.Equal(CheckoutEnd.Cancelled, (await _bench.RepairAsync()).End);
        _bench.AssertNothingLeft();
        AssertNoMoney();
    }

    private void AssertNoMoney()
    {
        Assert.Empty(_bench.Faults.Calls.Intersect(Money));
        Assert.Equal(((PaymentStatus?)null, 0), (_bench.Payments.Status, _bench.Payments.Authorisations));
    }
}
