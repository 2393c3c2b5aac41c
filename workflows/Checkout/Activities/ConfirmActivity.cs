using Dapr.Workflow;
using Grpc.Core;
using NexusCart.Inventory.V1;
using InventoryClient = NexusCart.Inventory.V1.Inventory.InventoryClient;

namespace NexusCart.Workflows.Checkout.Activities;

/// <summary>Turns the held units into sold ones. Undo: <see cref="RestockActivity"/>.</summary>
public sealed class ConfirmActivity(InventoryClient inventory, StepCaller steps)
    : WorkflowActivity<StockInput, ConfirmResult>
{
    /// <inheritdoc/>
    public override async Task<ConfirmResult> RunAsync(WorkflowActivityContext context, StockInput input)
    {
        var request = new CommitRequest { ReservationId = input.OrderId };
        request.Lines.AddRange(input.Lines.ToStockLines());
        try
        {
            var answer = await steps.CallAsync(
                input.OrderId, CheckoutSteps.Confirm, StepCaller.StockDeadline, options => inventory.CommitAsync(request, options));
            steps.Report(input.OrderId, CheckoutSteps.Confirm, StepOutcomes.Succeeded);
            return new ConfirmResult(
                Succeeded: true,
                Allocations: [.. answer.Allocations.Select(given => new StockAllocation(given.Sku, given.WarehouseId, given.Quantity))]);
        }
        catch (RpcException refusal)
        {
            steps.Report(input.OrderId, CheckoutSteps.Confirm, StepOutcomes.Refused, refusal.Status.Detail);
            return new ConfirmResult(Succeeded: false, CheckoutReasons.ReservationExpired, refusal.Status.Detail);
        }
    }
}
