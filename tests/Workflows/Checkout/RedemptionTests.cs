using Grpc.Core;
using NexusCart.Payments.V1;
using NexusCart.Workflows.Checkout;
using NexusCart.Workflows.Checkout.Activities;

namespace NexusCart.Tests.Workflows.Checkout;

/// <summary>An order with promotions: they are redeemed beside the reservation, and given back with everything else.</summary>
public class RedemptionTests
{
    private readonly CheckoutBench _bench = new()
    {
        Redemptions = [new CheckoutRedemption("spring", "SPRING", 300), new CheckoutRedemption("shipping", "", 490)],
    };

    [Fact]
    public async Task Promotions_are_redeemed_beside_the_reservation_and_the_order_is_paid()
    {
        var output = await _bench.RunAsync();

        Assert.Equal(CheckoutEnd.Paid, output.End);
        Assert.Equal(["Redeem", "Reserve"], _bench.Effects.Take(2).Order());
        Assert.Equal(["Authorize", "Commit", "Capture"], _bench.Effects.Skip(2));
        Assert.Contains("redeem succeeded", _bench.Journal.Steps);
        Assert.Equal(2, _bench.Promotions.Redeemed);
        _bench.AssertSold();
    }

    [Fact]
    public async Task Who_comes_too_late_for_a_coupon_is_not_charged_and_the_units_are_released()
    {
        _bench.Promotions.Refusal = "code_used";

        var output = await _bench.RunAsync();

        Assert.Equal(new CheckoutOutput(CheckoutEnd.Cancelled, "promotion_code_used", "Somebody was faster."), output);
        Assert.Equal("Release", _bench.Effects.Last());
        Assert.DoesNotContain("Authorize", _bench.Effects);
        Assert.DoesNotContain("Restore", _bench.Effects); // A refusal has counted nothing.
        Assert.Contains("redeem refused", _bench.Journal.Steps);
        _bench.AssertNothingLeft();
    }

    [Fact]
    public async Task Who_comes_too_late_for_the_last_unit_keeps_his_coupon()
    {
        _bench.Inventory.Stock("tea", 0);

        var output = await _bench.RunAsync();

        Assert.Equal(CheckoutReasons.OutOfStock, output.Reason);
        Assert.Equal("Restore", _bench.Effects.Last());
        Assert.DoesNotContain("Release", _bench.Effects);
        _bench.AssertNothingLeft();
    }

    [Theory]
    [InlineData("Reserve", CheckoutReasons.InventoryUnavailable, "Restore Release")]
    [InlineData("Redeem", CheckoutReasons.PromotionsUnavailable, "Restore Release")]
    [InlineData("Authorize", CheckoutReasons.PaymentUnavailable, "Authorize Void Restore Release")]
    [InlineData("Commit", CheckoutReasons.InventoryUnavailable, "Authorize Commit Restock Void Restore Release")]
    [InlineData("Capture", CheckoutReasons.PaymentUnavailable, "Authorize Commit Capture Restock Void Restore")]
    public async Task A_step_that_stays_away_undoes_everything_in_reverse(string method, string reason, string effects)
    {
        _bench.Faults.Down(method);

        var output = await _bench.RunAsync();

        Assert.Equal((CheckoutEnd.Cancelled, reason), (output.End, output.Reason));
        Assert.Equal(effects, Rest());
        _bench.AssertNothingLeft();
    }

    [Theory]
    [InlineData("Reserve", "Restore Release")]
    [InlineData("Redeem", "Restore Release")]
    [InlineData("Authorize", "Authorize Void Restore Release")]
    [InlineData("Commit", "Authorize Commit Restock Void Restore Release")]
    [InlineData("Capture", "Authorize Commit Capture Restock Void Refund Restore")]
    public async Task A_step_whose_answers_are_all_lost_is_undone_all_the_same(string method, string effects)
    {
        _bench.Faults.Mute(method);

        var output = await _bench.RunAsync();

        Assert.Equal(CheckoutEnd.Cancelled, output.End);
        Assert.Equal(effects, Rest());
        _bench.AssertNothingLeft();
    }

    [Fact]
    public async Task A_declined_card_gives_the_coupon_back()
    {
        _bench.Payments.ProviderAnswers = PaymentStatus.Declined;

        await _bench.RunAsync();

        Assert.Equal("Authorize Restore Release", Rest());
        Assert.Contains("restore compensated", _bench.Journal.Steps);
        _bench.AssertNothingLeft();
    }

    [Theory]
    [InlineData("Redeem")]
    [InlineData("Restore")]
    public async Task A_lost_request_or_answer_is_repeated(string method)
    {
        if (method == "Restore")
            _bench.Faults.Refuse("Authorize", StatusCode.InvalidArgument);
        _bench.Faults.LoseRequest(method, times: 2);
        _bench.Faults.LoseAnswer(method, times: 3);

        var output = await _bench.RunAsync();

        Assert.Equal(method == "Redeem" ? CheckoutEnd.Paid : CheckoutEnd.Cancelled, output.End);
        Assert.Equal(6, _bench.Faults.Calls.Count(call => call == method));
        Assert.Equal(method == "Redeem" ? 2 : 0, _bench.Promotions.Redeemed);
    }

    [Theory]
    [InlineData(nameof(RedeemActivity))]
    [InlineData(nameof(ReserveActivity))]
    public async Task An_activity_whose_worker_dies_runs_again_without_a_second_effect(string activity)
    {
        _bench.Runner.LosesWorkerIn.Add(activity);

        Assert.Equal(CheckoutEnd.Paid, (await _bench.RunAsync()).End);
        Assert.Equal(2, _bench.Runner.Ran.Count(ran => ran == activity));
        Assert.Equal(2, _bench.Promotions.Redeemed);
        _bench.AssertSold();
    }

    [Fact]
    public async Task An_order_at_an_end_is_left_alone()
    {
        _bench.Journal.IsOpen = false;

        Assert.Equal(CheckoutEnd.Skipped, (await _bench.RunAsync()).End);
        Assert.Empty(_bench.Effects);
    }

    [Fact]
    public async Task An_undo_that_stays_away_is_parked_and_does_not_hold_up_the_others()
    {
        _bench.Payments.ProviderAnswers = PaymentStatus.Declined;
        _bench.Faults.Down("Restore");

        var output = await _bench.RunAsync();

        Assert.Equal(CheckoutEnd.NeedsAttention, output.End);
        Assert.Contains("restore got no answer", _bench.Journal.Detail, StringComparison.Ordinal);
        Assert.Equal(0, _bench.Inventory.Held);
    }

    [Fact]
    public async Task A_repair_gives_them_back()
    {
        await _bench.Promotions.RedeemAsync(new NexusCart.Promotions.V1.RedeemRequest { Redemptions = { new NexusCart.Promotions.V1.Redemption() } }, default);

        Assert.Equal(CheckoutEnd.Cancelled, (await _bench.RepairAsync()).End);
        Assert.Contains("Restore", _bench.Effects);
        _bench.AssertNothingLeft();
    }

    /// <summary>The effects after those of the two first steps, which run side by side.</summary>
    private string Rest() => string.Join(' ', _bench.Effects.Where(call => call is not ("Reserve" or "Redeem")));
}
