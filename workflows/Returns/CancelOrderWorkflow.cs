using Dapr.Workflow;
using NexusCart.Workflows.Checkout;
using NexusCart.Workflows.Returns.Activities;

namespace NexusCart.Workflows.Returns;

/// <summary>
/// Cancels what was not sent of a paid order. The request itself was the first step: since then nothing is sent and the money is spoken
/// for; its undo is to open the order again. Then comes the refund, which cannot be undone, and after which only forward is left:
/// <code>
/// hold ─► refund ─► restock ─► cancelled
///   reopen ◄─ refused      no answer: parked, and goes on from there when staff say so
/// </code>
/// Units go back only once the money did: an order that is opened again must still have them.
/// </summary>
public sealed class CancelOrderWorkflow : Workflow<CancelInput, SettlementReport>
{
    /// <inheritdoc/>
    public override async Task<SettlementReport> RunAsync(WorkflowContext context, CancelInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var settlement = new Settlement(context, input.OrderId);
        var money = await settlement.GiveBackAsync(input.Money);
        var stock = money is SettlementStep.Done or SettlementStep.NotNeeded
            ? await settlement.PutBackAsync(input.CancelId, input.Stock, isUnsent: true)
            : SettlementStep.NotNeeded;
        var report = new SettlementReport(money, stock, settlement.Detail);
        await context.CallActivityAsync<bool>(
            nameof(EndCancelActivity), new EndSettlementInput(input.OrderId, input.CancelId, report), StepPolicies.UntilDone);
        return report;
    }
}
