using Dapr.Workflow;
using Grpc.Core;
using NexusCart.Common.V1;
using NexusCart.Payments.V1;
using PaymentsClient = NexusCart.Payments.V1.Payments.PaymentsClient;

namespace NexusCart.Workflows.Checkout.Activities;

/// <summary>
/// Takes the authorised money: exactly the order's total, or nothing. Undo: <see cref="VoidActivity"/> or, when money was
/// taken, <see cref="RefundActivity"/>.
/// </summary>
public sealed class CaptureActivity(PaymentsClient payments, StepCaller steps)
    : WorkflowActivity<MoneyInput, StepResult>
{
    /// <inheritdoc/>
    public override async Task<StepResult> RunAsync(WorkflowActivityContext context, MoneyInput input)
    {
        var result = await CaptureAsync(input);
        var outcome = result.Succeeded ? StepOutcomes.Succeeded : StepOutcomes.Refused;
        steps.Report(input.OrderId, CheckoutSteps.Capture, outcome, result.Detail);
        return result;
    }

    private async Task<StepResult> CaptureAsync(MoneyInput input)
    {
        var request = new CaptureRequest
        {
            PaymentId = input.OrderId,
            Amount = new Money { MinorUnits = input.MinorUnits, Currency = input.Currency },
        };
        try
        {
            var payment = await steps.CallAsync(
                input.OrderId, CheckoutSteps.Capture, StepCaller.MoneyDeadline, options => payments.CaptureAsync(request, options));
            return payment.Status switch
            {
                PaymentStatus.Captured => StepResult.Done,
                PaymentStatus.Voided or PaymentStatus.Declined or PaymentStatus.Refunded => StepResult.Refused(
                    CheckoutReasons.CaptureFailed, $"The payment is {payment.Status.ToString().ToUpperInvariant()}."),
                _ => throw new StepUnavailableException($"capture: payment {input.OrderId} is still {payment.Status}."),
            };
        }
        catch (RpcException refusal)
        {
            return StepResult.Refused(CheckoutReasons.CaptureFailed, refusal.Status.Detail);
        }
    }
}
