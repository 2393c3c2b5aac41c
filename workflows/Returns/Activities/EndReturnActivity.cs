using Dapr.Workflow;

namespace NexusCart.Workflows.Returns.Activities;

/// <summary>Writes the end of a return down, or what is left of it as a task. Repeated until it is done.</summary>
public sealed class EndReturnActivity(IAfterSalesJournal journal) : WorkflowActivity<EndSettlementInput, bool>
{
    /// <inheritdoc/>
    public override async Task<bool> RunAsync(WorkflowActivityContext context, EndSettlementInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        await journal.EndReturnAsync(input.OrderId, input.Subject, input.Report);
        return true;
    }
}
