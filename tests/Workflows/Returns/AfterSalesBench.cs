using Grpc.Core;
using NexusCart.Inventory.V1;
using NexusCart.Payments.V1;
using NexusCart.Tests.Workflows.Checkout;
using NexusCart.Tests.Workflows.Harness;
using NexusCart.Workflows.Checkout;
using NexusCart.Workflows.Fulfilment;
using NexusCart.Workflows.Fulfilment.Activities;
using NexusCart.Workflows.Returns;
using NexusCart.Workflows.Returns.Activities;
using InventoryClient = NexusCart.Inventory.V1.Inventory.InventoryClient;
using PaymentsClient = NexusCart.Payments.V1.Payments.PaymentsClient;

namespace NexusCart.Tests.Workflows.Returns;

/// <summary>The sagas after the checkout with their real activities, between fake services.</summary>
internal sealed class AfterSalesBench
{
    public const string OrderId = "0-0a-0197f3d5c2b47c1e9a3b5d7f9a1b3c5d";

    public static readonly MoneyBack Money = new("f1", "f1", 500, "EUR", "too small");

    public static readonly IReadOnlyList<StockBack> Stock = [new("mug", 2, "north", IsForSale: true), new("tea", 1, "", IsForSale: false)];

    public AfterSalesBench()
    {
        var steps = new StepCaller(new FakeJournal(), TimeProvider.System);
        Runner = new WorkflowRunner()
            .Register(new PlanShipmentsActivity(Journal))
            .Register(new GiveBackActivity(new Refunds(this), steps))
            .Register(new PutBackActivity(new Receipts(this), steps))
            .Register(new EndCancelActivity(Journal))
            .Register(new EndRefundActivity(Journal))
            .Register(new ReadReturnActivity(Journal))
            .Register(new ExpireReturnActivity(Journal))
            .Register(new EndReturnActivity(Journal));
    }

    public Faults Faults { get; } = new();

    public RecordedEnds Journal { get; } = new();

    public WorkflowRunner Runner { get; }

    /// <summary>What was given back, by the id payments knows it by.</summary>
    public Dictionary<string, long> GivenBack { get; } = [];

    /// <summary>What was put back, by receipt.</summary>
    public Dictionary<string, string> PutBack { get; } = [];

    public Task<SettlementReport> CancelAsync(MoneyBack? money, IReadOnlyList<StockBack> stock) =>
        Runner.RunAsync<CancelOrderWorkflow, CancelInput, SettlementReport>($"{OrderId}-can-c1", new CancelInput(OrderId, "c1", money, stock));

    public Task<SettlementReport> RefundAsync() =>
        Runner.RunAsync<RefundWorkflow, RefundInput, SettlementReport>($"{OrderId}-ref-f1", new RefundInput(OrderId, Money));

    public Task<SettlementReport> ReturnAsync() =>
        Runner.RunAsync<ReturnWorkflow, ReturnInput, SettlementReport>($"{OrderId}-ret-r1", new ReturnInput(OrderId, "r1"));

    public Task<bool> FulfilAsync() =>
        Runner.RunAsync<FulfilmentWorkflow, FulfilmentInput, bool>(FulfilmentWorkflow.InstanceIdOf(OrderId), new FulfilmentInput(OrderId));

    /// <summary>The distinct effects asked for, in order.</summary>
    public IEnumerable<string> Effects => Faults.Calls.Distinct();

    private sealed class Refunds(AfterSalesBench bench) : PaymentsClient
    {
        public override AsyncUnaryCall<Payment> RefundAsync(RefundRequest request, CallOptions options) => bench.Faults.Call("Refund", () =>
        {
            bench.GivenBack[request.RefundId] = request.Amount.MinorUnits;
            return new Payment { PaymentId = request.PaymentId, Status = PaymentStatus.Refunded };
        });
    }

    private sealed class Receipts(AfterSalesBench bench) : InventoryClient
    {
        public override AsyncUnaryCall<ReceiveReturnResponse> ReceiveReturnAsync(ReceiveReturnRequest request, CallOptions options) =>
            bench.Faults.Call("ReceiveReturn", () =>
            {
                bench.PutBack[request.ReturnId] = string.Join(", ", request.Lines.Select(line => $"{line.Quantity} {line.Sku} {line.Disposition} {line.WarehouseId}".TrimEnd()));
                return new ReceiveReturnResponse { Applied = true };
            });
    }
}

/// <summary>The order's record, in memory.</summary>
internal sealed class RecordedEnds : IAfterSalesJournal
{
    public ReturnView? Return { get; set; } = new(ReturnStanding.Undecided, null, []);

    public int Failures { get; set; }

    public List<string> Ends { get; } = [];

    public Task PlanShipmentsAsync(string orderId) => NoteAsync("planned");

    public Task EndCancelAsync(string orderId, string cancelId, SettlementReport end) => NoteAsync($"cancel {cancelId} {end.Money} {end.Stock}");

    public Task EndRefundAsync(string orderId, string refundId, SettlementReport end) => NoteAsync($"refund {refundId} {end.Money} {end.Stock}");

    public Task<ReturnView?> ReadReturnAsync(string orderId, string returnId) => Task.FromResult(Return);

    public Task ExpireReturnAsync(string orderId, string returnId)
    {
        if (Return!.Standing is ReturnStanding.Undecided or ReturnStanding.Expected)
            Return = Return with { Standing = ReturnStanding.Ended };
        return NoteAsync($"expired {returnId}");
    }

    public Task EndReturnAsync(string orderId, string returnId, SettlementReport end) => NoteAsync($"return {returnId} {end.Money} {end.Stock}");

    private Task NoteAsync(string end)
    {
        if (Failures-- > 0)
            throw new TimeoutException("The record did not answer.");
        Ends.Add(end);
        return Task.CompletedTask;
    }
}
