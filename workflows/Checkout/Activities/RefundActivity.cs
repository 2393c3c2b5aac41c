using Dapr.Workflow;
using Grpc.Core;
using NexusCart.Common.V1;
using NexusCart.Payments.V1;
using PaymentsClient = NexusCart.Payments.V1.Payments.PaymentsClient;

namespace NexusCart.Workflows.Checkout.Activities;

/// <summary>
/// The undo of <see cref="CaptureActivity"/>: gives all the money back. Needed only when the capture's outcome was unknown
/// and the void found the money taken.
/// </summary>
public sealed class RefundActivity(PaymentsClient payments, StepCaller steps) : WorkflowActivity<MoneyInput, UndoResult>
{
    /// <summary>The refund's id: a saga gives back once.</summary>
    public const string RefundId = "checkout";

    /// <inheritdoc/>
    public override async Task<UndoResult> RunAsync(WorkflowActivityContext context, MoneyInput input)
    {
        var request = new RefundRequest
        {
            PaymentId = input.OrderId,
            RefundId = RefundId,
            Amount = new Money { MinorUnits = input.MinorUnits, Currency = input.Currency },
            Reason = input.Reason ?? string.Empty,
        };
        try
        {
            var payment = await steps.CallAsync(
                input.OrderId, CheckoutSteps.Refund, StepCaller.MoneyDeadline, options => payments.RefundAsync(request, options));
            if ((payment.Refunded?.MinorUnits ?? 0) < input.MinorUnits)
                return Refused(input.OrderId, "The refund was not accepted.");
        }
        catch (RpcException refusal)
        {
            return Refused(input.OrderId, refusal.Status.Detail);
        }

        steps.Report(input.OrderId, CheckoutSteps.Refund, StepOutcomes.Compensated);
        return new UndoResult(UndoOutcome.Undone);
    }

    private UndoResult Refused(string orderId, string why)
    {
        steps.Report(orderId, CheckoutSteps.Refund, StepOutcomes.Refused, why);
        return new UndoResult(UndoOutcome.Refused, why);
    }
}
