using Dapr.Workflow;
using Grpc.Core;
using NexusCart.Common.V1;
using NexusCart.Payments.V1;
using PaymentsClient = NexusCart.Payments.V1.Payments.PaymentsClient;

namespace NexusCart.Workflows.Checkout.Activities;

/// <summary>
/// Authorises the order's total with the payment provider, without taking it. When the provider wants the customer to act,
/// the order shows how before this returns, and the payment is looked at once more after that: an event that came before the
/// order showed it was not raised to the saga. Undo: <see cref="VoidActivity"/>.
/// </summary>
public sealed class AuthoriseActivity(PaymentsClient payments, StepCaller steps)
    : WorkflowActivity<AuthoriseInput, PaymentView>
{
    /// <summary>The history's words while the customer has to act.</summary>
    public const string WaitingForCustomer = "Waiting for the customer to confirm the payment";

    private const string PayPal = "paypal";

    /// <inheritdoc/>
    public override async Task<PaymentView> RunAsync(WorkflowActivityContext context, AuthoriseInput input)
    {
        var request = new AuthorizeRequest
        {
            PaymentId = input.OrderId,
            Amount = new Money { MinorUnits = input.MinorUnits, Currency = input.Currency },
            PaymentMethod = input.PaymentMethod,
            CustomerId = input.CustomerId,
            Email = input.Email,
        };
        Payment payment;
        try
        {
            payment = await steps.CallAsync(
                input.OrderId, CheckoutSteps.Authorise, StepCaller.MoneyDeadline, options => payments.AuthorizeAsync(request, options));
        }
        catch (RpcException refusal)
        {
            steps.Report(input.OrderId, CheckoutSteps.Authorise, StepOutcomes.Refused, refusal.Status.Detail);
            return new PaymentView(
                PaymentStanding.Refused, Reason: CheckoutReasons.PaymentRefused, Detail: refusal.Status.Detail);
        }

        // Outside the try: a record that does not answer is no refusal of the payment.
        return await ReportAsync(input.OrderId, payment, shown: false);
    }

    private async Task<PaymentView> ReportAsync(string orderId, Payment payment, bool shown)
    {
        var view = PaymentViews.Of(payment);
        switch (view.Standing)
        {
            case PaymentStanding.Pending:
                steps.Report(orderId, CheckoutSteps.Authorise, StepOutcomes.Failed, "The provider has not answered yet");
                throw new StepUnavailableException($"authorise: payment {orderId} has no answer from its provider yet.");
            case PaymentStanding.Parked:
                steps.Report(orderId, CheckoutSteps.Authorise, StepOutcomes.Parked, view.Detail);
                break;
            case PaymentStanding.ActionRequired when !shown:
                await steps.Journal.RequireActionAsync(
                    orderId,
                    new RequiredAction(
                        payment.Provider == PayPal ? RequiredAction.PayPalApproval : RequiredAction.ThreeDSecure, payment.PaymentId, payment.ClientSecret, payment.RedirectUrl),
                    steps.At(CheckoutSteps.Authorise, StepOutcomes.Started, WaitingForCustomer));
                return await ReportAsync(orderId, await LookAgainAsync(orderId), shown: true);
            case PaymentStanding.ActionRequired:
                break;
            case PaymentStanding.Refused:
                steps.Report(orderId, CheckoutSteps.Authorise, StepOutcomes.Refused, view.Detail);
                break;
            default:
                steps.Report(orderId, CheckoutSteps.Authorise, StepOutcomes.Succeeded);
                break;
        }

        return view;
    }

    private Task<Payment> LookAgainAsync(string orderId)
    {
        var request = new GetPaymentRequest { PaymentId = orderId };
        return steps.CallAsync(
            orderId, CheckoutSteps.Authorise, StepCaller.MoneyDeadline, options => payments.GetPaymentAsync(request, options));
    }
}
