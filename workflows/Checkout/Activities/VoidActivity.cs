using Dapr.Workflow;
using Grpc.Core;
using NexusCart.Payments.V1;
using PaymentsClient = NexusCart.Payments.V1.Payments.PaymentsClient;

namespace NexusCart.Workflows.Checkout.Activities;

/// <summary>
/// The undo of <see cref="AuthoriseActivity"/>: gives the authorisation up. Payments remembers it, so an authorisation that
/// is still under way finds the payment void. Finds out, too, when money was taken after all.
/// </summary>
public sealed class VoidActivity(PaymentsClient payments, StepCaller steps) : WorkflowActivity<MoneyInput, UndoResult>
{
    /// <inheritdoc/>
    public override async Task<UndoResult> RunAsync(WorkflowActivityContext context, MoneyInput input)
    {
        var result = await VoidAsync(input);
        if (result.Outcome is UndoOutcome.Undone)
            steps.Report(input.OrderId, CheckoutSteps.Void, StepOutcomes.Compensated);
        else if (result.Outcome is UndoOutcome.Refused)
            steps.Report(input.OrderId, CheckoutSteps.Void, StepOutcomes.Refused, result.Detail);
        return result;
    }

    private async Task<UndoResult> VoidAsync(MoneyInput input)
    {
        var request = new VoidRequest { PaymentId = input.OrderId, Reason = input.Reason ?? string.Empty };
        try
        {
            var payment = await steps.CallAsync(
                input.OrderId, CheckoutSteps.Void, StepCaller.MoneyDeadline, options => payments.VoidAsync(request, options));
            return Judge(payment)
                ?? throw new StepUnavailableException($"void: payment {input.OrderId} is still {payment.Status}.");
        }
        catch (RpcException refusal)
        {
            return await LookAsync(input.OrderId, refusal);
        }
    }

    // A refused void is no failure yet: the payment's own state says whether there is anything left to undo.
    private async Task<UndoResult> LookAsync(string orderId, RpcException refusal)
    {
        var request = new GetPaymentRequest { PaymentId = orderId, Refresh = true };
        try
        {
            var payment = await steps.CallAsync(
                orderId, CheckoutSteps.Void, StepCaller.MoneyDeadline, options => payments.GetPaymentAsync(request, options));
            return Judge(payment) ?? new UndoResult(UndoOutcome.Refused, refusal.Status.Detail);
        }
        catch (RpcException)
        {
            return new UndoResult(UndoOutcome.Refused, refusal.Status.Detail);
        }
    }

    // Null: it is not decided yet.
    private static UndoResult? Judge(Payment payment) => payment.Status switch
    {
        PaymentStatus.Voided => new UndoResult(UndoOutcome.Undone),
        PaymentStatus.Declined or PaymentStatus.Refunded => new UndoResult(UndoOutcome.NothingToUndo),
        PaymentStatus.Captured => new UndoResult(UndoOutcome.MoneyWasTaken),
        _ => null,
    };
}
