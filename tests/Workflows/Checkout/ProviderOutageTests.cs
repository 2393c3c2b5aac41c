using NexusCart.Tests.Workflows.Harness;
using NexusCart.Workflows.Checkout;
using NexusCart.Workflows.Checkout.Activities;

namespace NexusCart.Tests.Workflows.Checkout;

/// <summary>A payment provider that is out of order parks the checkout; it does not end it.</summary>
public class ProviderOutageTests
{
    private readonly CheckoutBench _bench = new();

    public ProviderOutageTests() => _bench.Payments.ProviderIsDown = true;

    [Fact]
    public async Task The_checkout_waits_and_goes_on_when_the_provider_is_back()
    {
        var asked = 0;
        _bench.Runner.AfterActivity = name =>
        {
            if (name == nameof(AuthoriseActivity) && ++asked == 3)
                _bench.Payments.ProviderIsDown = false;
        };

        var output = await _bench.RunAsync();

        Assert.Equal(CheckoutEnd.Paid, output.End);
        Assert.Equal(
            ["reserve succeeded", "authorise parked", "authorise succeeded", "confirm succeeded", "capture succeeded", "complete succeeded"],
            _bench.Journal.Steps);
        Assert.Equal(4, asked);
        Assert.Equal(3, _bench.Runner.History.OfType<TimerFired>().Count());
        _bench.AssertSold();
    }

    [Fact]
    public async Task The_order_says_who_else_can_be_paid_by()
    {
        await _bench.RunAsync();

        Assert.Contains(_bench.Journal.Posted, report =>
            report is { Step: CheckoutSteps.Authorise, Outcome: StepOutcomes.Parked } && report.Detail!.EndsWith("Or pay by paypal.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_provider_that_stays_away_costs_the_order_and_nothing_else()
    {
        var output = await _bench.RunAsync();

        Assert.Equal((CheckoutEnd.Cancelled, CheckoutReasons.PaymentUnavailable), (output.End, output.Reason));
        Assert.Equal(["Reserve", "Authorize", "Void", "Release"], _bench.Effects);
        Assert.InRange(_bench.Runner.Now, new DateTime(2030, 1, 1, 0, 15, 0, DateTimeKind.Utc), new DateTime(2030, 1, 1, 0, 15, 1, DateTimeKind.Utc));
        _bench.AssertNothingLeft();
    }

    [Fact]
    public async Task A_customer_who_has_to_act_once_the_provider_is_back_gets_his_time()
    {
        var asked = 0;
        _bench.Payments.ProviderAnswers = NexusCart.Payments.V1.PaymentStatus.ActionRequired;
        _bench.Runner.AfterActivity = name =>
        {
            if (name == nameof(AuthoriseActivity) && ++asked == 1)
                _bench.Payments.ProviderIsDown = false;
        };
        _bench.Journal.WhenActionIsRequired = () => _bench.Payments.ProviderSays(NexusCart.Payments.V1.PaymentStatus.Authorized);

        Assert.Equal(CheckoutEnd.Paid, (await _bench.RunAsync()).End);
        _bench.AssertSold();
    }
}
