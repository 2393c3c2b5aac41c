using NexusCart.Workflows.Fulfilment.Activities;
using NexusCart.Workflows.Returns;
using NexusCart.Workflows.Returns.Activities;

namespace NexusCart.Tests.Workflows.Returns;

/// <summary>Cancelling, refunding and returning: every step fails once, in every way.</summary>
public class AfterSalesWorkflowTests
{
    private readonly AfterSalesBench _bench = new();

    [Fact]
    public async Task A_cancellation_gives_back_the_money_then_the_units()
    {
        await _bench.CancelAsync(AfterSalesBench.Money, AfterSalesBench.Stock);

        Assert.Equal(["Refund", "ReceiveReturn"], _bench.Effects);
        Assert.Equal(["cancel c1 Done Done"], _bench.Journal.Ends);
        Assert.Equal(500, _bench.GivenBack["f1"]);
        Assert.Equal("2 mug Restock north, 1 tea Scrap", _bench.PutBack[$"{AfterSalesBench.OrderId}-c1"]);
    }

    [Fact]
    public async Task A_refused_refund_leaves_the_units_with_the_order_which_is_opened_again()
    {
        _bench.Faults.RefuseAlways("Refund");

        await _bench.CancelAsync(AfterSalesBench.Money, AfterSalesBench.Stock);

        Assert.Equal(["GiveBackActivity", "EndCancelActivity"], _bench.Runner.Ran);
        Assert.Equal(["cancel c1 Refused NotNeeded"], _bench.Journal.Ends);
        Assert.Empty(_bench.PutBack);
    }

    [Fact]
    public async Task A_refund_without_an_answer_is_parked_and_the_units_wait_with_it()
    {
        _bench.Faults.Mute("Refund");

        var report = await _bench.CancelAsync(AfterSalesBench.Money, AfterSalesBench.Stock);

        Assert.Equal(["cancel c1 Unknown NotNeeded"], _bench.Journal.Ends);
        Assert.Equal("refund got no answer", report.Detail);
        Assert.Equal(70, _bench.Faults.Calls.Count);
        Assert.Empty(_bench.PutBack);
    }

    [Theory]
    [InlineData(true, "Refused")]
    [InlineData(false, "Unknown")]
    public async Task Units_that_cannot_be_put_back_are_parked_and_the_money_stays_given_back(bool refused, string stock)
    {
        if (refused)
            _bench.Faults.RefuseAlways("ReceiveReturn");
        else
            _bench.Faults.Down("ReceiveReturn");

        await _bench.CancelAsync(AfterSalesBench.Money, AfterSalesBench.Stock);

        Assert.Equal([$"cancel c1 Done {stock}"], _bench.Journal.Ends);
        Assert.Equal(500, _bench.GivenBack["f1"]);
    }

    [Fact]
    public async Task A_cancellation_that_goes_on_does_not_give_back_again()
    {
        await _bench.CancelAsync(null, AfterSalesBench.Stock);

        Assert.Equal(["ReceiveReturn"], _bench.Effects);
        Assert.Equal(["cancel c1 NotNeeded Done"], _bench.Journal.Ends);
    }

    [Theory]
    [InlineData(nameof(GiveBackActivity))]
    [InlineData(nameof(PutBackActivity))]
    [InlineData(nameof(EndCancelActivity))]
    public async Task An_activity_whose_worker_dies_runs_again_without_a_second_effect(string activity)
    {
        _bench.Runner.LosesWorkerIn.Add(activity);

        await _bench.CancelAsync(AfterSalesBench.Money, AfterSalesBench.Stock);

        Assert.Equal(2, _bench.Runner.Ran.Count(ran => ran == activity));
        Assert.Equal("cancel c1 Done Done", _bench.Journal.Ends[^1]);
        Assert.Single(_bench.GivenBack);
        Assert.Single(_bench.PutBack);
    }

    [Theory]
    [InlineData("Refund")]
    [InlineData("ReceiveReturn")]
    public async Task Unknown_is_not_failed_a_lost_request_or_answer_is_repeated_with_the_same_id(string method)
    {
        _bench.Faults.LoseRequest(method, times: 2);
        _bench.Faults.LoseAnswer(method, times: 3);

        await _bench.CancelAsync(AfterSalesBench.Money, AfterSalesBench.Stock);

        Assert.Equal(["cancel c1 Done Done"], _bench.Journal.Ends);
        Assert.Equal(6, _bench.Faults.Calls.Count(call => call == method));
        Assert.Single(_bench.GivenBack);
        Assert.Single(_bench.PutBack);
    }

    [Fact]
    public async Task The_end_is_written_down_however_often_that_fails()
    {
        _bench.Journal.Failures = 100;
        await _bench.RefundAsync();
        Assert.Equal(["refund f1 Done NotNeeded"], _bench.Journal.Ends);
    }

    [Fact]
    public async Task A_refund_that_is_refused_is_parked_at_once()
    {
        _bench.Faults.RefuseAlways("Refund");
        await _bench.RefundAsync();
        Assert.Single(_bench.Faults.Calls);
        Assert.Equal(["refund f1 Refused NotNeeded"], _bench.Journal.Ends);
    }

    [Fact]
    public async Task A_return_waits_for_people_then_settles_stock_and_money()
    {
        PeopleSay(ReturnStanding.Expected, ReturnStanding.Received);

        await _bench.ReturnAsync();

        Assert.Equal(["ReceiveReturn", "Refund"], _bench.Effects);
        Assert.Equal(["return r1 Done Done"], _bench.Journal.Ends);
        Assert.Equal(3, _bench.Runner.Ran.Count(ran => ran == nameof(ReadReturnActivity)));
        Assert.Equal(["return r1 Done Done"], _bench.Journal.Ends);
    }

    [Fact]
    public async Task A_rejected_return_moves_nothing()
    {
        PeopleSay(ReturnStanding.Ended);
        await _bench.ReturnAsync();
        Assert.Empty(_bench.Effects);
        Assert.Empty(_bench.Journal.Ends);
    }

    [Fact]
    public async Task A_return_that_nobody_decides_expires()
    {
        await _bench.ReturnAsync();
        Assert.Equal(["expired r1"], _bench.Journal.Ends);
        Assert.InRange(_bench.Runner.Now - new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc), ReturnWorkflow.DecisionTime, ReturnWorkflow.DecisionTime + TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task An_approved_return_has_a_time_of_its_own_to_arrive()
    {
        PeopleSay(ReturnStanding.Expected);
        await _bench.ReturnAsync();
        Assert.Equal(["expired r1"], _bench.Journal.Ends);
        Assert.True(_bench.Runner.Now - new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc) >= ReturnWorkflow.ArrivalTime);
    }

    [Theory]
    [InlineData("ReceiveReturn", "return r1 Done Refused")]
    [InlineData("Refund", "return r1 Refused Done")]
    public async Task Stock_and_money_of_a_return_do_not_hold_each_other_up(string method, string end)
    {
        PeopleSay(ReturnStanding.Received);
        _bench.Faults.RefuseAlways(method);
        await _bench.ReturnAsync();
        Assert.Equal(["ReceiveReturn", "Refund"], _bench.Effects);
        Assert.Equal([end], _bench.Journal.Ends);
    }

    [Fact]
    public async Task An_order_is_planned_once_however_often_that_fails()
    {
        _bench.Journal.Failures = 3;
        await _bench.FulfilAsync();
        Assert.Equal(["planned"], _bench.Journal.Ends);
        Assert.Equal(4, _bench.Runner.Ran.Count(ran => ran == nameof(PlanShipmentsActivity)));
    }

    /// <summary>Each time the saga waits, the next of these happens, and it is told.</summary>
    private void PeopleSay(params ReturnStanding[] standings)
    {
        var next = new Queue<ReturnStanding>(standings);
        _bench.Runner.WhenIdle = () =>
        {
            if (!next.TryDequeue(out var standing))
                return;
            _bench.Journal.Return = standing is ReturnStanding.Received
                ? new ReturnView(standing, AfterSalesBench.Money, AfterSalesBench.Stock)
                : new ReturnView(standing, null, []);
            _bench.Runner.Raise(ReturnWorkflow.ReturnUpdated, new ReturnUpdate("instance"));
        };
    }
}
