using NexusCart.Workflows.Checkout;

namespace NexusCart.Tests.Workflows.Checkout;

/// <summary>The checkout of a flash-sale claim: its units are held already and change hands.</summary>
public class ClaimCheckoutTests
{
    private readonly CheckoutBench _bench = new();

    [Fact]
    public async Task The_order_takes_the_claim_over_and_gets_its_units_from_the_sale()
    {
        var output = await _bench.RunAsync(FakeFlashSales.ClaimId);

        Assert.Equal(CheckoutEnd.Paid, output.End);
        Assert.Equal(["HandOver", "Reserve", "Authorize", "Commit", "Capture"], _bench.Effects);
        Assert.Equal(CheckoutBench.OrderId, _bench.Sales.Order);
        Assert.Equal(FakeFlashSales.ReservationId, _bench.Inventory.TakenFrom);
        _bench.AssertSold();
    }

    [Fact]
    public async Task An_order_from_a_cart_asks_no_sale()
    {
        await _bench.RunAsync();

        Assert.DoesNotContain("HandOver", _bench.Effects);
        Assert.Equal("", _bench.Inventory.TakenFrom);
    }

    [Fact]
    public async Task A_claim_that_was_given_back_is_not_paid_for()
    {
        _bench.Sales.IsReleased = true;

        var output = await _bench.RunAsync(FakeFlashSales.ClaimId);

        Assert.Equal((CheckoutEnd.Cancelled, CheckoutReasons.ClaimRefused), (output.End, output.Reason));
        Assert.Equal(["HandOver"], _bench.Effects);
        Assert.Equal(0, _bench.Payments.Authorisations);
        _bench.AssertNothingLeft();
    }

    [Theory]
    [InlineData("HandOver")]
    [InlineData("Reserve")]
    public async Task A_lost_answer_is_asked_for_again(string method)
    {
        _bench.Faults.LoseAnswer(method);

        Assert.Equal(CheckoutEnd.Paid, (await _bench.RunAsync(FakeFlashSales.ClaimId)).End);
        _bench.AssertSold();
    }

    [Theory]
    [InlineData("HandOver")]
    [InlineData("Reserve")]
    [InlineData("Authorize")]
    [InlineData("Commit")]
    [InlineData("Capture")]
    public async Task Whatever_never_answers_everything_is_undone(string method)
    {
        _bench.Faults.Down(method);

        Assert.Equal(CheckoutEnd.Cancelled, (await _bench.RunAsync(FakeFlashSales.ClaimId)).End);
        _bench.AssertNothingLeft();
    }
}
