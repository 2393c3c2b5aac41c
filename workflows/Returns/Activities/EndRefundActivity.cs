using Dapr.Workflow;

namespace NexusCart.Workflows.Returns.Activities;

/// <summary>Writes the end of a refund down, or what is left of it as a task. Repeated until it is done.</summary>
public sealed class EndRefundActivity(IAfterSalesJournal journal) : WorkflowActivity<EndSettlementInput, bool>
{
    /// <inheritdoc/>
    public override async Task<bool> RunAsync(WorkflowActivityContext context, EndSettlementInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        await journal.EndRefundAsync(input.OrderId, input.Subject, input.Report);
        return true;
    }
}
