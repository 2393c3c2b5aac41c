using NexusCart.Tests.Workflows.Harness;
using NexusCart.Workflows.Checkout;
using NexusCart.Workflows.Checkout.Activities;

namespace NexusCart.Tests.Workflows.Checkout;

/// <summary>The checkout saga with its real activities, between fake services.</summary>
internal sealed class CheckoutBench
{
    public const string OrderId = "0-0a-0197f3d5c2b47c1e9a3b5d7f9a1b3c5d";
    public const long Total = 12_99;
    public const int Units = 3;

    public CheckoutBench()
    {
        Inventory = new FakeInventory(Faults);
        Payments = new FakePayments(Faults);
        Promotions = new FakePromotions(Faults);
        Sales = new FakeFlashSales(Faults);
        Inventory.Stock("mug", 10);
        Inventory.Stock("tea", 1);
        Runner = NewEngine();
    }

    public Faults Faults { get; } = new();

    public FakeInventory Inventory { get; }

    public FakePayments Payments { get; }

    public FakeFlashSales Sales { get; }

    public FakePromotions Promotions { get; }

    /// <summary>The promotions the order uses; null for none.</summary>
    public IReadOnlyList<CheckoutRedemption>? Redemptions { get; set; }

    /// <summary>What the order costs; 0: promotions took all of it off.</summary>
    public long ToPay { get; init; } = Total;

    public FakeJournal Journal { get; } = new();

    public WorkflowRunner Runner { get; private set; }

    /// <summary>The effects asked for, in order, each once: what the services saw but for repetitions.</summary>
    public IEnumerable<string> Effects => Faults.Calls.Where(call => call != "GetPayment").Aggregate(
        new List<string>(), (seen, call) =>
        {
            if (seen.Count == 0 || seen[^1] != call)
                seen.Add(call);
            return seen;
        });

    public Task<CheckoutOutput> RunAsync(string? claimId = null) =>
        Runner.RunAsync<CheckoutWorkflow, CheckoutInput, CheckoutOutput>(OrderId, Input() with { ClaimId = claimId });

    /// <summary>Runs the repair in an engine of its own, after the saga was broken off.</summary>
    public Task<CheckoutOutput> RepairAsync() =>
        (Runner = NewEngine()).RunAsync<CheckoutRepairWorkflow, CheckoutInput, CheckoutOutput>(CheckoutRepairWorkflow.InstanceIdOf(OrderId), Input());

    /// <summary>Nothing is held, nothing was sold, no money stayed here.</summary>
    public void AssertNothingLeft()
    {
        Assert.Equal(0, Inventory.Held);
        Assert.Equal(0, Inventory.Sold);
        Assert.Equal(0, Promotions.Redeemed);
        Assert.Equal(Payments.Captured, Payments.Refunded);
        Assert.NotEqual(NexusCart.Payments.V1.PaymentStatus.Authorized, Payments.Status);
    }

    /// <summary>The units are sold and exactly the total was taken.</summary>
    public void AssertSold()
    {
        Assert.Equal(0, Inventory.Held);
        Assert.Equal(Units, Inventory.Sold);
        Assert.Equal(Total, Payments.Captured);
        Assert.Equal(0, Payments.Refunded);
        Assert.Equal(1, Payments.Authorisations);
    }

    private CheckoutInput Input() => new(
        OrderId,
        "customer-1",
        "jane@example.org",
        "pm_card_visa",
        ToPay,
        "EUR",
        [new CheckoutLine("mug", 2), new CheckoutLine("tea", 1)],
        PaymentActionSeconds: 900,
        ReservationSeconds: 1_200,
        Redemptions: Redemptions);

    private WorkflowRunner NewEngine()
    {
        var steps = new StepCaller(Journal, TimeProvider.System);
        return new WorkflowRunner()
            .Register(new ReserveActivity(Inventory, Sales, steps))
            .Register(new RedeemActivity(Promotions, steps))
            .Register(new RestoreActivity(Promotions, steps))
            .Register(new AuthoriseActivity(Payments, steps))
            .Register(new ReadPaymentActivity(Payments, steps))
            .Register(new ConfirmActivity(Inventory, steps))
            .Register(new CaptureActivity(Payments, steps))
            .Register(new CompleteActivity(Journal))
            .Register(new ReleaseActivity(Inventory, steps))
            .Register(new VoidActivity(Payments, steps))
            .Register(new RestockActivity(Inventory, steps))
            .Register(new RefundActivity(Payments, steps))
            .Register(new CancelActivity(Journal))
            .Register(new ParkActivity(Journal));
    }
}
