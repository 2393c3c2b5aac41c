using Dapr.Workflow;
using Grpc.Core;
using NexusCart.Common.V1;
using NexusCart.Payments.V1;
using NexusCart.Workflows.Checkout;
using PaymentsClient = NexusCart.Payments.V1.Payments.PaymentsClient;

namespace NexusCart.Workflows.Returns.Activities;

/// <summary>Gives money back. It has no undo. Payments remembers the refund's id: a repetition never gives back twice.</summary>
public sealed class GiveBackActivity(PaymentsClient payments, StepCaller steps) : WorkflowActivity<GiveBackInput, SettlementAnswer>
{
    /// <inheritdoc/>
    public override async Task<SettlementAnswer> RunAsync(WorkflowActivityContext context, GiveBackInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var request = new RefundRequest
        {
            PaymentId = input.OrderId,
            RefundId = input.Money.PaymentRefundId,
            Amount = new Money { MinorUnits = input.Money.MinorUnits, Currency = input.Money.Currency },
            Reason = input.Money.Reason,
        };
        try
        {
            await steps.CallAsync(
                input.OrderId, CheckoutSteps.Refund, StepCaller.MoneyDeadline, options => payments.RefundAsync(request, options));
            return new SettlementAnswer(Done: true);
        }
        catch (RpcException refusal)
        {
            return new SettlementAnswer(Done: false, refusal.Status.Detail);
        }
    }
}
