using Dapr.Workflow;
using Grpc.Core;
using NexusCart.Inventory.V1;
using InventoryClient = NexusCart.Inventory.V1.Inventory.InventoryClient;

namespace NexusCart.Workflows.Checkout.Activities;

/// <summary>
/// The undo of <see cref="ReserveActivity"/>: gives the held units back. Inventory remembers it, so a reservation that is
/// still under way is refused.
/// </summary>
public sealed class ReleaseActivity(InventoryClient inventory, StepCaller steps)
    : WorkflowActivity<StockInput, UndoResult>
{
    /// <inheritdoc/>
    public override async Task<UndoResult> RunAsync(WorkflowActivityContext context, StockInput input)
    {
        var request = new ReleaseRequest { ReservationId = input.OrderId, Reason = input.Reason ?? string.Empty };
        request.Lines.AddRange(input.Lines.ToStockLines());
        try
        {
            var answer = await steps.CallAsync(
                input.OrderId, CheckoutSteps.Release, StepCaller.StockDeadline, options => inventory.ReleaseAsync(request, options));
            if (!answer.Released)
                return Refused(input.OrderId, "The units are sold.");
        }
        catch (RpcException refusal)
        {
            return Refused(input.OrderId, refusal.Status.Detail);
        }

        steps.Report(input.OrderId, CheckoutSteps.Release, StepOutcomes.Compensated);
        return new UndoResult(UndoOutcome.Undone);
    }

    private UndoResult Refused(string orderId, string why)
    {
        steps.Report(orderId, CheckoutSteps.Release, StepOutcomes.Refused, why);
        return new UndoResult(UndoOutcome.Refused, why);
    }
}
