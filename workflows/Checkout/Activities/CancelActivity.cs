using Dapr.Workflow;

namespace NexusCart.Workflows.Checkout.Activities;

/// <summary>Ends the order as cancelled, after everything was undone. Repeated until it is done.</summary>
public sealed class CancelActivity(IOrderJournal journal) : WorkflowActivity<EndInput, bool>
{
    /// <inheritdoc/>
    public override async Task<bool> RunAsync(WorkflowActivityContext context, EndInput input)
    {
        await journal.CancelAsync(
            input.OrderId, input.Reason ?? CheckoutReasons.Interrupted, input.Detail ?? string.Empty, input.History);
        return true;
    }
}
