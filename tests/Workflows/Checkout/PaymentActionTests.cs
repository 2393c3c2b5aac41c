using NexusCart.Payments.V1;
using NexusCart.Tests.Workflows.Harness;
using NexusCart.Workflows.Checkout;
using NexusCart.Workflows.Checkout.Activities;

namespace NexusCart.Tests.Workflows.Checkout;

/// <summary>3-D Secure: the saga waits for the customer, an event, or the time.</summary>
public class PaymentActionTests
{
    private static readonly PaymentUpdate Update = new(CheckoutBench.OrderId, "payment.authorized.v1");
    private readonly CheckoutBench _bench = new();

    public PaymentActionTests() => _bench.Payments.ProviderAnswers = PaymentStatus.ActionRequired;

    [Fact]
    public async Task The_customer_acts_and_the_saga_goes_on()
    {
        CustomerActsWhileWaiting(PaymentStatus.Authorized);

        var output = await _bench.RunAsync();

        Assert.Equal(CheckoutEnd.Paid, output.End);
        Assert.Equal(
            ["reserve succeeded", "authorise started", "authorise succeeded", "confirm succeeded", "capture succeeded", "complete succeeded"],
            _bench.Journal.Steps);
        _bench.AssertSold();
    }

    [Fact]
    public async Task The_customer_gets_what_he_needs_but_the_workflow_history_never_holds_the_secret()
    {
        CustomerActsWhileWaiting(PaymentStatus.Authorized);

        await _bench.RunAsync();

        Assert.Equal("pi_1_secret_2", _bench.Journal.Action?.ClientSecret);
        Assert.DoesNotContain(_bench.Runner.History, happened => happened.ToString().Contains("secret", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("secret", _bench.Journal.Action!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("card_declined/insufficient_funds", "card_declined")]
    [InlineData("payment_intent_authentication_failure", CheckoutReasons.AuthenticationFailed)]
    public async Task A_declined_action_voids_and_releases(string code, string reason)
    {
        CustomerActsWhileWaiting(PaymentStatus.Declined, code);

        var output = await _bench.RunAsync();

        Assert.Equal((CheckoutEnd.Cancelled, reason), (output.End, output.Reason));
        Assert.Equal(["Reserve", "Authorize", "Void", "Release"], _bench.Effects);
        _bench.AssertNothingLeft();
    }

    [Fact]
    public async Task A_customer_who_never_acts_is_voided_and_released_when_the_time_is_up()
    {
        var output = await _bench.RunAsync();

        Assert.Equal((CheckoutEnd.Cancelled, CheckoutReasons.PaymentActionExpired), (output.End, output.Reason));
        Assert.Equal(["Reserve", "Authorize", "Void", "Release"], _bench.Effects);
        Assert.InRange(_bench.Runner.Now, new DateTime(2030, 1, 1, 0, 15, 0, DateTimeKind.Utc), new DateTime(2030, 1, 1, 0, 15, 1, DateTimeKind.Utc));
        _bench.AssertNothingLeft();
    }

    [Fact]
    public async Task A_customer_who_acts_before_the_order_shows_it_does_not_wait_for_the_time()
    {
        // The event came before the order said that anybody waits, so it was not raised: authorise looks again itself.
        _bench.Journal.WhenActionIsRequired = () => _bench.Payments.ProviderSays(PaymentStatus.Authorized);

        var output = await _bench.RunAsync();

        Assert.Equal(CheckoutEnd.Paid, output.End);
        Assert.DoesNotContain(_bench.Runner.History, happened => happened is TimerFired);
        _bench.AssertSold();
    }

    [Fact]
    public async Task An_event_that_comes_before_the_wait_is_not_lost()
    {
        _bench.Runner.AfterActivity = name =>
        {
            if (name != nameof(AuthoriseActivity))
                return;
            _bench.Payments.ProviderSays(PaymentStatus.Authorized);
            _bench.Runner.Raise(CheckoutWorkflow.PaymentUpdated, Update);
        };
        // Raised while authorise still ran, so it is in the history before the wait begins.
        _bench.Runner.BeforeActivity = name =>
        {
            if (name == nameof(AuthoriseActivity))
                _bench.Runner.Raise(CheckoutWorkflow.PaymentUpdated, Update);
        };

        var output = await _bench.RunAsync();

        Assert.Equal(CheckoutEnd.Paid, output.End);
        _bench.AssertSold();
    }

    [Fact]
    public async Task An_event_that_never_comes_is_made_up_for_by_the_look_when_the_time_is_up()
    {
        _bench.Runner.AfterActivity = name =>
        {
            if (name == nameof(AuthoriseActivity))
                _bench.Payments.ProviderSays(PaymentStatus.Authorized);
        };

        var output = await _bench.RunAsync();

        Assert.Equal(CheckoutEnd.Paid, output.End);
        _bench.AssertSold();
    }

    [Fact]
    public async Task Events_that_say_nothing_new_do_not_end_the_wait()
    {
        var raised = 0;
        _bench.Runner.WhenIdle = () =>
        {
            if (++raised > 4)
                return;
            if (raised == 4)
                _bench.Payments.ProviderSays(PaymentStatus.Authorized);
            _bench.Runner.Raise(CheckoutWorkflow.PaymentUpdated, Update);
        };

        var output = await _bench.RunAsync();

        Assert.Equal(CheckoutEnd.Paid, output.End);
        Assert.Equal(4, _bench.Runner.Ran.Count(ran => ran == nameof(ReadPaymentActivity)));
        _bench.AssertSold();
    }

    [Fact]
    public async Task Payments_being_away_while_the_customer_acts_does_not_end_the_wait()
    {
        CustomerActsWhileWaiting(PaymentStatus.Authorized);
        _bench.Faults.LoseRequest("GetPayment", times: 9);

        var output = await _bench.RunAsync();

        Assert.Equal(CheckoutEnd.Paid, output.End);
        _bench.AssertSold();
    }

    [Fact]
    public async Task Payments_staying_away_when_the_time_is_up_undoes_everything()
    {
        _bench.Faults.Down("GetPayment");

        var output = await _bench.RunAsync();

        Assert.Equal((CheckoutEnd.Cancelled, CheckoutReasons.PaymentUnavailable), (output.End, output.Reason));
        Assert.Equal(["Reserve", "Authorize", "Void", "Release"], _bench.Effects);
        _bench.AssertNothingLeft();
    }

    private void CustomerActsWhileWaiting(PaymentStatus result, string declineCode = "")
    {
        var acted = false;
        _bench.Runner.WhenIdle = () =>
        {
            if (acted || _bench.Payments.Status is not PaymentStatus.ActionRequired)
                return;
            acted = true;
            _bench.Payments.ProviderSays(result, declineCode);
            _bench.Runner.Raise(CheckoutWorkflow.PaymentUpdated, Update);
        };
    }
}
