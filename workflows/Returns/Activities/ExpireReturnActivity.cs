using Dapr.Workflow;

namespace NexusCart.Workflows.Returns.Activities;

/// <summary>Gives a return up that nobody decided or sent in. Changes nothing when it has moved on.</summary>
public sealed class ExpireReturnActivity(IAfterSalesJournal journal) : WorkflowActivity<ReturnInput, bool>
{
    /// <inheritdoc/>
    public override async Task<bool> RunAsync(WorkflowActivityContext context, ReturnInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        await journal.ExpireReturnAsync(input.OrderId, input.ReturnId);
        return true;
    }
}
