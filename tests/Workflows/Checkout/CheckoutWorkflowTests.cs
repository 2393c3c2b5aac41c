using Grpc.Core;
using NexusCart.Payments.V1;
using NexusCart.Workflows.Checkout;
using NexusCart.Workflows.Checkout.Activities;

namespace NexusCart.Tests.Workflows.Checkout;

public class CheckoutWorkflowTests
{
    private readonly CheckoutBench _bench = new();

    [Fact]
    public async Task Five_steps_in_order_and_the_order_is_paid()
    {
        var output = await _bench.RunAsync();

        Assert.Equal(CheckoutEnd.Paid, output.End);
        Assert.Equal(["Reserve", "Authorize", "Commit", "Capture"], _bench.Effects);
        Assert.Equal(
            ["ReserveActivity", "AuthoriseActivity", "ConfirmActivity", "CaptureActivity", "CompleteActivity"],
            _bench.Runner.Ran);
        Assert.Equal(
            ["reserve succeeded", "authorise succeeded", "confirm succeeded", "capture succeeded", "complete succeeded"],
            _bench.Journal.Steps);
        Assert.Equal([new StockAllocation("mug", "of-mug", 2), new StockAllocation("tea", "of-tea", 1)], _bench.Journal.Allocations);
        _bench.AssertSold();
    }

    [Fact]
    public async Task A_loser_of_the_last_unit_is_never_charged()
    {
        _bench.Inventory.Stock("tea", 0);

        var output = await _bench.RunAsync();

        Assert.Equal(CheckoutReasons.OutOfStock, output.Reason);
        Assert.Equal(["Reserve"], _bench.Effects);
        Assert.Equal(["ReserveActivity", "CancelActivity"], _bench.Runner.Ran);
        Assert.Equal("tea: 1 wanted, 0 left", _bench.Journal.Detail);
        Assert.Equal(["reserve refused"], _bench.Journal.Steps);
        Assert.Equal(0, _bench.Payments.Authorisations);
        _bench.AssertNothingLeft();
    }

    [Fact]
    public async Task A_declined_card_releases_the_units()
    {
        _bench.Payments.ProviderAnswers = PaymentStatus.Declined;

        var output = await _bench.RunAsync();

        Assert.Equal(new CheckoutOutput(CheckoutEnd.Cancelled, "card_declined", "The payment was declined (card_declined/insufficient_funds)."), output);
        Assert.Equal(["Reserve", "Authorize", "Release"], _bench.Effects);
        Assert.Equal(["reserve succeeded", "authorise refused", "release compensated"], _bench.Journal.Steps);
        _bench.AssertNothingLeft();
    }

    [Fact]
    public async Task A_payment_service_that_refuses_the_request_releases_the_units()
    {
        _bench.Faults.Refuse("Authorize", StatusCode.InvalidArgument);

        var output = await _bench.RunAsync();

        Assert.Equal((CheckoutEnd.Cancelled, CheckoutReasons.PaymentRefused), (output.End, output.Reason));
        Assert.Equal(["Reserve", "Authorize", "Release"], _bench.Effects);
    }

    [Fact]
    public async Task An_expired_reservation_voids_the_payment()
    {
        _bench.Runner.BeforeActivity = name =>
        {
            if (name == nameof(ConfirmActivity))
                _bench.Inventory.Expire(CheckoutBench.OrderId);
        };

        var output = await _bench.RunAsync();

        Assert.Equal((CheckoutEnd.Cancelled, CheckoutReasons.ReservationExpired), (output.End, output.Reason));
        Assert.Equal(["Reserve", "Authorize", "Commit", "Void", "Release"], _bench.Effects);
        _bench.AssertNothingLeft();
    }

    [Fact]
    public async Task A_refused_capture_restocks_then_voids()
    {
        _bench.Faults.Refuse("Capture");

        var output = await _bench.RunAsync();

        Assert.Equal((CheckoutEnd.Cancelled, CheckoutReasons.CaptureFailed), (output.End, output.Reason));
        Assert.Equal(["Reserve", "Authorize", "Commit", "Capture", "Restock", "Void"], _bench.Effects);
        Assert.Equal(
            ["reserve succeeded", "authorise succeeded", "confirm succeeded", "capture refused", "restock compensated", "void compensated"],
            _bench.Journal.Steps);
        _bench.AssertNothingLeft();
    }

    [Theory]
    [InlineData("Reserve", CheckoutReasons.InventoryUnavailable, "Reserve Release")]
    [InlineData("Authorize", CheckoutReasons.PaymentUnavailable, "Reserve Authorize Void Release")]
    [InlineData("Commit", CheckoutReasons.InventoryUnavailable, "Reserve Authorize Commit Restock Void Release")]
    [InlineData("Capture", CheckoutReasons.PaymentUnavailable, "Reserve Authorize Commit Capture Restock Void")]
    public async Task A_step_that_stays_away_is_given_up_and_everything_is_undone(string method, string reason, string effects)
    {
        _bench.Faults.Down(method);

        var output = await _bench.RunAsync();

        Assert.Equal((CheckoutEnd.Cancelled, reason), (output.End, output.Reason));
        Assert.Equal(effects.Split(' '), _bench.Effects);
        Assert.Contains(_bench.Journal.History, report => report.Outcome == StepOutcomes.Failed);
        _bench.AssertNothingLeft();
    }

    [Theory]
    [InlineData("Reserve", "Reserve Release")]
    [InlineData("Authorize", "Reserve Authorize Void Release")]
    [InlineData("Commit", "Reserve Authorize Commit Restock Void Release")]
    [InlineData("Capture", "Reserve Authorize Commit Capture Restock Void Refund")]
    public async Task A_step_whose_answers_are_all_lost_had_its_effect_and_is_undone_all_the_same(string method, string effects)
    {
        _bench.Faults.Mute(method);

        var output = await _bench.RunAsync();

        Assert.Equal(CheckoutEnd.Cancelled, output.End);
        Assert.Equal(effects.Split(' '), _bench.Effects);
        _bench.AssertNothingLeft();
    }

    [Theory]
    [InlineData("Reserve")]
    [InlineData("Authorize")]
    [InlineData("Commit")]
    [InlineData("Capture")]
    public async Task Unknown_is_not_failed_a_lost_request_or_answer_is_repeated_with_the_same_id(string method)
    {
        _bench.Faults.LoseRequest(method, times: 2);
        _bench.Faults.LoseAnswer(method, times: 3);

        var output = await _bench.RunAsync();

        Assert.Equal(CheckoutEnd.Paid, output.End);
        Assert.Equal(6, _bench.Faults.Calls.Count(call => call == method));
        Assert.Contains(_bench.Journal.Posted, report => report.Outcome == StepOutcomes.Failed);
        _bench.AssertSold();
    }

    [Theory]
    [InlineData(nameof(ReserveActivity))]
    [InlineData(nameof(AuthoriseActivity))]
    [InlineData(nameof(ConfirmActivity))]
    [InlineData(nameof(CaptureActivity))]
    [InlineData(nameof(CompleteActivity))]
    public async Task An_activity_whose_worker_dies_runs_again_without_a_second_effect(string activity)
    {
        _bench.Runner.LosesWorkerIn.Add(activity);

        var output = await _bench.RunAsync();

        Assert.Equal(CheckoutEnd.Paid, output.End);
        Assert.Equal(2, _bench.Runner.Ran.Count(ran => ran == activity));
        _bench.AssertSold();
    }

    [Fact]
    public async Task The_end_is_written_down_however_often_that_fails()
    {
        _bench.Journal.FailuresAtTheEnd = 100;

        var output = await _bench.RunAsync();

        Assert.Equal(CheckoutEnd.Paid, output.End);
        Assert.Equal("paid", _bench.Journal.Status);
        _bench.AssertSold();
    }

    [Fact]
    public async Task An_order_at_an_end_is_left_alone()
    {
        _bench.Journal.IsOpen = false;

        var output = await _bench.RunAsync();

        Assert.Equal(CheckoutEnd.Skipped, output.End);
        Assert.Empty(_bench.Effects);
        Assert.Equal(["ReserveActivity"], _bench.Runner.Ran);
    }

    [Theory]
    [InlineData("Void", "void got no answer")]
    [InlineData("Release", "release got no answer")]
    public async Task An_undo_that_stays_away_is_parked_and_does_not_hold_up_the_others(string undo, string task)
    {
        _bench.Faults.Refuse("Commit");
        _bench.Faults.Down(undo);

        var output = await _bench.RunAsync();

        Assert.Equal((CheckoutEnd.NeedsAttention, CheckoutReasons.ReservationExpired), (output.End, output.Reason));
        Assert.Equal("needs_attention", _bench.Journal.Status);
        Assert.Contains(task, _bench.Journal.Detail, StringComparison.Ordinal);
        Assert.Equal(["Reserve", "Authorize", "Commit", "Void", "Release"], _bench.Effects);
        Assert.Equal(70, _bench.Faults.Calls.Count(call => call == undo));
    }

    [Fact]
    public async Task An_undo_that_is_refused_is_parked_at_once()
    {
        _bench.Payments.ProviderAnswers = PaymentStatus.Declined;
        _bench.Faults.RefuseAlways("Release");

        var output = await _bench.RunAsync();

        Assert.Equal(CheckoutEnd.NeedsAttention, output.End);
        Assert.Single(_bench.Faults.Calls, call => call == "Release");
        Assert.Contains("release was refused", _bench.Journal.Detail, StringComparison.Ordinal);
    }
}
