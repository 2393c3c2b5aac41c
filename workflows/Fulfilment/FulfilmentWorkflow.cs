using Dapr.Workflow;
using NexusCart.Workflows.Checkout;
using NexusCart.Workflows.Fulfilment.Activities;

namespace NexusCart.Workflows.Fulfilment;

/// <summary>
/// Prepares a paid order for its warehouses: one shipment for each that gives units of it. What happens to them from there on, people say;
/// the order's record keeps it. The instance id is <see cref="InstanceIdOf"/>.
/// </summary>
public sealed class FulfilmentWorkflow : Workflow<FulfilmentInput, bool>
{
    /// <summary>The instance id: an order is prepared once.</summary>
    /// <param name="orderId">The order.</param>
    public static string InstanceIdOf(string orderId) => $"{orderId}-ful";

    /// <inheritdoc/>
    public override Task<bool> RunAsync(WorkflowContext context, FulfilmentInput input)
    {
        ArgumentNullException.ThrowIfNull(context);
        // It has no undo: an order that is cancelled meanwhile is not planned, and a planned one takes its shipments back itself.
        return context.CallActivityAsync<bool>(nameof(PlanShipmentsActivity), input, StepPolicies.UntilDone);
    }
}

/// <summary>Input of <see cref="FulfilmentWorkflow"/>.</summary>
/// <param name="OrderId">The paid order.</param>
public sealed record FulfilmentInput(string OrderId);
