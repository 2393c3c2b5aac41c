using Dapr.Workflow;
using NexusCart.Workflows.Returns;

namespace NexusCart.Workflows.Fulfilment.Activities;

/// <summary>Plans an order's first shipments by the allocations that its record has. Repeated until it is done.</summary>
public sealed class PlanShipmentsActivity(IAfterSalesJournal journal) : WorkflowActivity<FulfilmentInput, bool>
{
    /// <inheritdoc/>
    public override async Task<bool> RunAsync(WorkflowActivityContext context, FulfilmentInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        await journal.PlanShipmentsAsync(input.OrderId);
        return true;
    }
}
