using Dapr.Workflow;
using Grpc.Core;
using NexusCart.Payments.V1;
using PaymentsClient = NexusCart.Payments.V1.Payments.PaymentsClient;

namespace NexusCart.Workflows.Checkout.Activities;

/// <summary>Looks at the payment. Has no effect but an entry in the order's history, so it has no undo.</summary>
public sealed class ReadPaymentActivity(PaymentsClient payments, StepCaller steps)
    : WorkflowActivity<ReadPaymentInput, PaymentView>
{
    /// <inheritdoc/>
    public override async Task<PaymentView> RunAsync(WorkflowActivityContext context, ReadPaymentInput input)
    {
        var view = await ReadAsync(input);
        if (view.Standing is PaymentStanding.Secured)
            steps.Report(input.OrderId, CheckoutSteps.Authorise, StepOutcomes.Succeeded);
        else if (view.Standing is PaymentStanding.Refused)
            steps.Report(input.OrderId, CheckoutSteps.Authorise, StepOutcomes.Refused, view.Detail);
        return view;
    }

    private async Task<PaymentView> ReadAsync(ReadPaymentInput input)
    {
        var request = new GetPaymentRequest { PaymentId = input.OrderId, Refresh = input.AskProvider };
        try
        {
            return PaymentViews.Of(await steps.CallAsync(
                input.OrderId, CheckoutSteps.Authorise, StepCaller.MoneyDeadline, options => payments.GetPaymentAsync(request, options)));
        }
        catch (RpcException refusal)
        {
            // Payments does not know it: no money was ever asked for.
            return new PaymentView(
                PaymentStanding.Refused, Reason: CheckoutReasons.PaymentRefused, Detail: refusal.Status.Detail);
        }
    }
}
