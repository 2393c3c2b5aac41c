using Dapr.Workflow;
using NexusCart.Workflows.Checkout;
using NexusCart.Workflows.Returns.Activities;

namespace NexusCart.Workflows.Returns;

/// <summary>Gives money of a sold order back that is spoken for in its record. One that is refused, or gets no answer, is parked.</summary>
public sealed class RefundWorkflow : Workflow<RefundInput, SettlementReport>
{
    /// <inheritdoc/>
    public override async Task<SettlementReport> RunAsync(WorkflowContext context, RefundInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var settlement = new Settlement(context, input.OrderId);
        var money = await settlement.GiveBackAsync(input.Money);
        var report = new SettlementReport(money, SettlementStep.NotNeeded, settlement.Detail);
        await context.CallActivityAsync<bool>(
            nameof(EndRefundActivity), new EndSettlementInput(input.OrderId, input.Money.RefundId, report), StepPolicies.UntilDone);
        return report;
    }
}
