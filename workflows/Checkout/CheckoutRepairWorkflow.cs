using Dapr.Workflow;
using NexusCart.Workflows.Checkout.Activities;

namespace NexusCart.Workflows.Checkout;

/// <summary>
/// Brings an order to an end whose <see cref="CheckoutWorkflow"/> ended without doing so (it was terminated by hand, or a
/// faulty deployment broke it). It cannot know how far that one came, so it looks: money taken means the sale is finished,
/// anything else, so also an order that costs nothing, means everything is undone. All steps are idempotent by order id, so undoing what was never done is harmless.
/// </summary>
public sealed class CheckoutRepairWorkflow : Workflow<CheckoutInput, CheckoutOutput>
{
    /// <summary>The repair's instance id.</summary>
    /// <param name="orderId">The order to repair.</param>
    public static string InstanceIdOf(string orderId) => $"{orderId}-repair";

    /// <inheritdoc/>
    public override async Task<CheckoutOutput> RunAsync(WorkflowContext context, CheckoutInput input)
    {
        var saga = new Saga(context, input);
        if (!saga.IsFree && await IsCapturedAsync(saga) && await ConfirmAsync(saga))
            return await saga.CompleteAsync();

        saga.Owe(CheckoutSteps.Release);
        if (input.Redemptions is { Count: > 0 })
            saga.Owe(CheckoutSteps.Restore);
        saga.Owe(CheckoutSteps.Restock);
        if (!saga.IsFree)
            saga.Owe(CheckoutSteps.Void);
        return await saga.UnwindAsync(new StopReason(
            CheckoutReasons.Interrupted, "The checkout was interrupted; what it had done was undone."));
    }

    private static async Task<bool> IsCapturedAsync(Saga saga)
    {
        var payment = await saga.TryAsync<PaymentView>(
            CheckoutSteps.Authorise,
            nameof(ReadPaymentActivity),
            new ReadPaymentInput(saga.Input.OrderId, AskProvider: true),
            StepPolicies.Undo);
        return payment is { Captured: true };
    }

    private static async Task<bool> ConfirmAsync(Saga saga)
    {
        var confirmed = await saga.TryAsync<ConfirmResult>(
            CheckoutSteps.Confirm,
            nameof(ConfirmActivity),
            new StockInput(saga.Input.OrderId, saga.Input.Lines),
            StepPolicies.Undo);
        saga.Allocations = confirmed?.Allocations;
        return confirmed is { Succeeded: true };
    }
}
