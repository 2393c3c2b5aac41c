using Dapr.Workflow;
using Grpc.Core;
using NexusCart.Promotions.V1;
using PromotionsClient = NexusCart.Promotions.V1.Promotions.PromotionsClient;

namespace NexusCart.Workflows.Checkout.Activities;

/// <summary>
/// Counts the promotions an order uses against their limits and budgets, all or none. Runs beside <see cref="ReserveActivity"/>, so it makes
/// sure by itself that the order is open. Undo: <see cref="RestoreActivity"/>.
/// </summary>
public sealed class RedeemActivity(PromotionsClient promotions, StepCaller steps) : WorkflowActivity<RedeemInput, StepResult>
{
    /// <inheritdoc/>
    public override async Task<StepResult> RunAsync(WorkflowActivityContext context, RedeemInput input)
    {
        if (!await steps.Journal.BeginAsync(input.OrderId))
            return StepResult.Refused(CheckoutReasons.Interrupted, null);

        var result = await RedeemAsync(input);
        steps.Report(input.OrderId, CheckoutSteps.Redeem, result.Succeeded ? StepOutcomes.Succeeded : StepOutcomes.Refused, result.Detail);
        return result;
    }

    private async Task<StepResult> RedeemAsync(RedeemInput input)
    {
        var request = new RedeemRequest { OrderId = input.OrderId, CustomerId = input.CustomerId, Currency = input.Currency };
        request.Redemptions.AddRange(input.Redemptions.ToMessages());
        try
        {
            var answer = await steps.CallAsync(
                input.OrderId, CheckoutSteps.Redeem, StepCaller.PromotionsDeadline, options => promotions.RedeemAsync(request, options));
            return answer.Redeemed ? StepResult.Done : StepResult.Refused("promotion_" + answer.Reason, answer.Detail);
        }
        catch (RpcException refusal)
        {
            return StepResult.Refused(CheckoutReasons.RedemptionRefused, refusal.Status.Detail);
        }
    }
}
