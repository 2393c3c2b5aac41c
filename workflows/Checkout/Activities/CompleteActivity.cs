using Dapr.Workflow;

namespace NexusCart.Workflows.Checkout.Activities;

/// <summary>
/// Ends the order as paid; its record announces that, which clears the cart. Never undone: it is repeated until it is done.
/// </summary>
public sealed class CompleteActivity(IOrderJournal journal) : WorkflowActivity<EndInput, bool>
{
    /// <inheritdoc/>
    public override async Task<bool> RunAsync(WorkflowActivityContext context, EndInput input)
    {
        await journal.CompleteAsync(input.OrderId, input.History, input.Allocations);
        return true;
    }
}
