using Dapr.Workflow;
using Grpc.Core;
using NexusCart.Promotions.V1;
using PromotionsClient = NexusCart.Promotions.V1.Promotions.PromotionsClient;

namespace NexusCart.Workflows.Checkout.Activities;

/// <summary>
/// The undo of <see cref="RedeemActivity"/>: gives the uses back, so that a single-use code is good again. Promotions remembers it, so a
/// redemption that is still under way is refused.
/// </summary>
public sealed class RestoreActivity(PromotionsClient promotions, StepCaller steps) : WorkflowActivity<RedeemInput, UndoResult>
{
    /// <inheritdoc/>
    public override async Task<UndoResult> RunAsync(WorkflowActivityContext context, RedeemInput input)
    {
        var request = new RestoreRequest { OrderId = input.OrderId };
        request.Redemptions.AddRange(input.Redemptions.ToMessages());
        try
        {
            await steps.CallAsync(
                input.OrderId, CheckoutSteps.Restore, StepCaller.PromotionsDeadline, options => promotions.RestoreAsync(request, options));
        }
        catch (RpcException refusal)
        {
            steps.Report(input.OrderId, CheckoutSteps.Restore, StepOutcomes.Refused, refusal.Status.Detail);
            return new UndoResult(UndoOutcome.Refused, refusal.Status.Detail);
        }

        steps.Report(input.OrderId, CheckoutSteps.Restore, StepOutcomes.Compensated);
        return new UndoResult(UndoOutcome.Undone);
    }
}
