using Dapr.Workflow;
using Grpc.Core;
using NexusCart.Inventory.V1;
using InventoryClient = NexusCart.Inventory.V1.Inventory.InventoryClient;

namespace NexusCart.Workflows.Checkout.Activities;

/// <summary>
/// The undo of <see cref="ConfirmActivity"/>: takes sold units back into stock. Inventory remembers it, so a confirmation that
/// is still under way is refused.
/// </summary>
public sealed class RestockActivity(InventoryClient inventory, StepCaller steps)
    : WorkflowActivity<StockInput, UndoResult>
{
    /// <inheritdoc/>
    public override async Task<UndoResult> RunAsync(WorkflowActivityContext context, StockInput input)
    {
        var request = new RestockRequest { ReservationId = input.OrderId, Reason = input.Reason ?? string.Empty };
        request.Lines.AddRange(input.Lines.ToStockLines());
        try
        {
            await steps.CallAsync(
                input.OrderId, CheckoutSteps.Restock, StepCaller.StockDeadline, options => inventory.RestockAsync(request, options));
        }
        catch (RpcException refusal)
        {
            steps.Report(input.OrderId, CheckoutSteps.Restock, StepOutcomes.Refused, refusal.Status.Detail);
            return new UndoResult(UndoOutcome.Refused, refusal.Status.Detail);
        }

        steps.Report(input.OrderId, CheckoutSteps.Restock, StepOutcomes.Compensated);
        return new UndoResult(UndoOutcome.Undone);
    }
}
