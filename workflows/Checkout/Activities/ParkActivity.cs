using Dapr.Workflow;

namespace NexusCart.Workflows.Checkout.Activities;

/// <summary>Makes the order a visible task for staff, because an undo failed for good. Repeated until it is done.</summary>
public sealed class ParkActivity(IOrderJournal journal) : WorkflowActivity<EndInput, bool>
{
    /// <inheritdoc/>
    public override async Task<bool> RunAsync(WorkflowActivityContext context, EndInput input)
    {
        await journal.ParkAsync(
            input.OrderId, input.Reason ?? CheckoutReasons.Interrupted, input.Detail ?? string.Empty, input.History);
        return true;
    }
}
