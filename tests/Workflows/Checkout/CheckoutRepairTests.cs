using NexusCart.Payments.V1;
using NexusCart.Workflows.Checkout;
using NexusCart.Workflows.Checkout.Activities;

namespace NexusCart.Tests.Workflows.Checkout;

/// <summary>The repair of an order whose saga was broken off, wherever that happened.</summary>
public class CheckoutRepairTests
{
    private readonly CheckoutBench _bench = new();

    [Theory]
    [InlineData(nameof(ReserveActivity))]
    [InlineData(nameof(AuthoriseActivity))]
    [InlineData(nameof(ConfirmActivity))]
    [InlineData(nameof(CaptureActivity))]
    public async Task Whatever_was_done_without_money_is_undone(string brokenOffBefore)
    {
        await BreakOffAsync(brokenOffBefore);

        var output = await _bench.RepairAsync();

        Assert.Equal((CheckoutEnd.Cancelled, CheckoutReasons.Interrupted), (output.End, output.Reason));
        _bench.AssertNothingLeft();
    }

    [Fact]
    public async Task Money_taken_means_the_sale_is_finished()
    {
        await BreakOffAsync(nameof(CompleteActivity));

        var output = await _bench.RepairAsync();

        Assert.Equal(CheckoutEnd.Paid, output.End);
        Assert.Equal("paid", _bench.Journal.Status);
        _bench.AssertSold();
    }

    [Fact]
    public async Task A_payment_waiting_for_its_customer_is_voided()
    {
        _bench.Payments.ProviderAnswers = PaymentStatus.ActionRequired;
        await BreakOffAsync(nameof(ReadPaymentActivity));

        var output = await _bench.RepairAsync();

        Assert.Equal(CheckoutEnd.Cancelled, output.End);
        Assert.Equal(PaymentStatus.Voided, _bench.Payments.Status);
        _bench.AssertNothingLeft();
    }

    private async Task BreakOffAsync(string before)
    {
        _bench.Runner.BeforeActivity = name =>
        {
            if (name == before)
                throw new NotSupportedException("Broken off by the test.");
        };
        await Assert.ThrowsAsync<NotSupportedException>(() => _bench.RunAsync());
    }
}
