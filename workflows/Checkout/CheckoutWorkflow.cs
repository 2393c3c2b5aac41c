using Dapr.Workflow;
using NexusCart.Workflows.Checkout.Activities;

namespace NexusCart.Workflows.Checkout;

/// <summary>
/// Buys what an order holds: reserve and at once redeem, authorise, confirm, capture, complete. The instance id is the order id.
/// <para>
/// The money comes last: until the capture everything can be undone for free, and who loses the last unit is never charged.
/// Each step names its undo before it runs; a refusal, or an outcome that stays unknown after all attempts, undoes them in
/// reverse order. <see cref="CheckoutSteps"/> lists both.
/// </para>
/// <para>An order that costs nothing, since promotions took all of it off, has no payment: authorise and capture are left out.</para>
/// </summary>
public sealed class CheckoutWorkflow : Workflow<CheckoutInput, CheckoutOutput>
{
    /// <summary>The external event that says: the payment changed, look at it.</summary>
    public const string PaymentUpdated = "payment-updated";

    // How often a parked checkout tries its provider again.
    private static readonly TimeSpan ParkingTime = TimeSpan.FromSeconds(30);

    private static readonly CheckoutOutput NothingDone = new(CheckoutEnd.Skipped);

    /// <inheritdoc/>
    public override async Task<CheckoutOutput> RunAsync(WorkflowContext context, CheckoutInput input)
    {
        var saga = new Saga(context, input);
        saga.Owe(CheckoutSteps.Release);
        var reserving = saga.TryAsync<ReserveResult>(
            CheckoutSteps.Reserve,
            nameof(ReserveActivity),
            new ReserveInput(input.OrderId, input.Lines, input.ReservationSeconds, ClaimOf(input), input.Country),
            StepPolicies.Forward);
        // An order without promotions has no such step, nor has one that was under way before there were any.
        var redeeming = input.Redemptions is { Count: > 0 } ? RedeemAsync(saga) : Task.FromResult<StopReason?>(null);
        var reserved = await reserving;
        var notRedeemed = await redeeming;
        if (reserved is { OrderIsOpen: false })
            return NothingDone;

        var stop = Judge(saga, reserved?.Result)
            ?? notRedeemed
            ?? await AuthoriseAsync(saga)
            ?? await ConfirmAsync(saga)
            ?? await CaptureAsync(saga);
        return stop is null ? await saga.CompleteAsync() : await saga.UnwindAsync(stop);
    }

    private static ClaimInput? ClaimOf(CheckoutInput input) => input.ClaimId is null ? null : new ClaimInput(input.ClaimId, input.CustomerId);

    private static StopReason? Judge(Saga saga, StepResult? reserved)
    {
        if (reserved is null)
            return new StopReason(CheckoutReasons.InventoryUnavailable, "The stock could not be reserved in time.");
        if (reserved.Succeeded)
        {
            saga.Note(CheckoutSteps.Reserve, StepOutcomes.Succeeded);
            return null;
        }

        saga.OweNoMore(CheckoutSteps.Release);
        return Refused(saga, CheckoutSteps.Reserve, reserved.Reason, reserved.Detail, CheckoutReasons.ReservationRefused);
    }

    private static async Task<StopReason?> RedeemAsync(Saga saga)
    {
        var input = saga.Input;
        saga.Owe(CheckoutSteps.Restore);
        var redeemed = await saga.TryAsync<StepResult>(
            CheckoutSteps.Redeem,
            nameof(RedeemActivity),
            new RedeemInput(input.OrderId, input.CustomerId, input.Currency, input.Redemptions!),
            StepPolicies.Forward);
        if (redeemed is null)
            return new StopReason(CheckoutReasons.PromotionsUnavailable, "The promotions could not be redeemed in time.");
        if (redeemed.Succeeded)
        {
            saga.Note(CheckoutSteps.Redeem, StepOutcomes.Succeeded);
            return null;
        }

        saga.OweNoMore(CheckoutSteps.Restore);
        return Refused(saga, CheckoutSteps.Redeem, redeemed.Reason, redeemed.Detail, CheckoutReasons.RedemptionRefused);
    }

    private static async Task<StopReason?> AuthoriseAsync(Saga saga)
    {
        if (saga.IsFree)
            return null;
        saga.Owe(CheckoutSteps.Void);
        var payment = await AskToAuthoriseAsync(saga);
        DateTime? deadline = null;
        if (payment is { Standing: PaymentStanding.Parked })
        {
            deadline = TimeIsUp(saga);
            payment = await ParkAsync(saga, payment, deadline.Value);
        }

        switch (payment?.Standing)
        {
            case PaymentStanding.Secured:
                saga.Note(CheckoutSteps.Authorise, StepOutcomes.Succeeded);
                return null;
            case PaymentStanding.Refused:
                saga.OweLastNoMore();
                return Refused(saga, CheckoutSteps.Authorise, payment.Reason, payment.Detail, CheckoutReasons.PaymentRefused);
            case PaymentStanding.ActionRequired:
                saga.Note(CheckoutSteps.Authorise, StepOutcomes.Started, AuthoriseActivity.WaitingForCustomer);
                return await AwaitCustomerAsync(saga, deadline ?? TimeIsUp(saga));
            default:
                return new StopReason(CheckoutReasons.PaymentUnavailable, "The payment could not be authorised in time.");
        }
    }

    private static Task<PaymentView?> AskToAuthoriseAsync(Saga saga)
    {
        var input = saga.Input;
        return saga.TryAsync<PaymentView>(
            CheckoutSteps.Authorise,
            nameof(AuthoriseActivity),
            new AuthoriseInput(
                input.OrderId, input.TotalMinorUnits, input.Currency, input.PaymentMethod, input.CustomerId, input.Email),
            StepPolicies.Forward);
    }

    // A provider that is out of order costs nobody his order as long as the units are held anyway: the same request, under the
    // same key, is made again until the provider is back or the customer's time is up.
    private static async Task<PaymentView?> ParkAsync(Saga saga, PaymentView parked, DateTime deadline)
    {
        saga.Note(CheckoutSteps.Authorise, StepOutcomes.Parked, parked.Detail);
        PaymentView? payment = parked;
        while (payment is { Standing: PaymentStanding.Parked } && saga.Context.CurrentUtcDateTime < deadline)
        {
            var next = saga.Context.CurrentUtcDateTime + ParkingTime;
            await EventBeforeAsync(saga.Context, next < deadline ? next : deadline);
            payment = await AskToAuthoriseAsync(saga);
        }

        return payment;
    }

    // The units are held a little longer than this.
    private static DateTime TimeIsUp(Saga saga) => saga.Context.CurrentUtcDateTime.AddSeconds(saga.Input.PaymentActionSeconds);

    // The event is only a hint and the timer only a limit: what counts is the payment, read after either of them. So it does
    // not matter whether the event came before the wait, twice, or not at all.
    private static async Task<StopReason?> AwaitCustomerAsync(Saga saga, DateTime deadline)
    {
        while (true)
        {
            var expired = !await EventBeforeAsync(saga.Context, deadline);
            var payment = await saga.TryAsync<PaymentView>(
                CheckoutSteps.Authorise,
                nameof(ReadPaymentActivity),
                new ReadPaymentInput(saga.Input.OrderId, AskProvider: expired),
                StepPolicies.Forward);
            switch (payment?.Standing)
            {
                case PaymentStanding.Secured:
                    saga.Note(CheckoutSteps.Authorise, StepOutcomes.Succeeded);
                    return null;
                case PaymentStanding.Refused:
                    return Refused(saga, CheckoutSteps.Authorise, payment.Reason, payment.Detail, CheckoutReasons.PaymentRefused);
                case null when expired:
                    return new StopReason(CheckoutReasons.PaymentUnavailable, "The payment could not be looked up in time.");
                case not null when expired:
                    return Refused(
                        saga,
                        CheckoutSteps.Authorise,
                        CheckoutReasons.PaymentActionExpired,
                        "The payment was not confirmed in time.",
                        CheckoutReasons.PaymentActionExpired);
            }
        }
    }

    private static async Task<bool> EventBeforeAsync(WorkflowContext context, DateTime deadline)
    {
        var left = deadline - context.CurrentUtcDateTime;
        if (left <= TimeSpan.Zero)
            return false;
        try
        {
            await context.WaitForExternalEventAsync<PaymentUpdate>(PaymentUpdated, left);
            return true;
        }
        catch (TaskCanceledException)
        {
            return false;
        }
    }

    private static async Task<StopReason?> ConfirmAsync(Saga saga)
    {
        saga.Owe(CheckoutSteps.Restock);
        var confirmed = await saga.TryAsync<ConfirmResult>(
            CheckoutSteps.Confirm,
            nameof(ConfirmActivity),
            new StockInput(saga.Input.OrderId, saga.Input.Lines),
            StepPolicies.Forward);
        if (confirmed is null)
            return new StopReason(CheckoutReasons.InventoryUnavailable, "The reservation could not be confirmed in time.");
        if (confirmed.Succeeded)
        {
            saga.Allocations = confirmed.Allocations;
            // Nothing is held any more: from here on the units come back by restocking.
            saga.OweNoMore(CheckoutSteps.Release);
            saga.Note(CheckoutSteps.Confirm, StepOutcomes.Succeeded);
            return null;
        }

        saga.OweLastNoMore();
        return Refused(saga, CheckoutSteps.Confirm, confirmed.Reason, confirmed.Detail, CheckoutReasons.ReservationExpired);
    }

    // Its undo is not owed beforehand: the void finds out whether money was taken, and asks for the refund then.
    private static async Task<StopReason?> CaptureAsync(Saga saga)
    {
        if (saga.IsFree)
            return null;
        var input = saga.Input;
        var captured = await saga.TryAsync<StepResult>(
            CheckoutSteps.Capture,
            nameof(CaptureActivity),
            new MoneyInput(input.OrderId, input.TotalMinorUnits, input.Currency),
            StepPolicies.Capture);
        if (captured is null)
            return new StopReason(CheckoutReasons.PaymentUnavailable, "The payment could not be captured in time.");
        if (captured.Succeeded)
        {
            saga.Note(CheckoutSteps.Capture, StepOutcomes.Succeeded);
            return null;
        }

        return Refused(saga, CheckoutSteps.Capture, captured.Reason, captured.Detail, CheckoutReasons.CaptureFailed);
    }

    private static StopReason Refused(Saga saga, string step, string? reason, string? detail, string otherwise)
    {
        saga.Note(step, StepOutcomes.Refused, detail ?? reason);
        return new StopReason(reason ?? otherwise, detail ?? $"The step '{step}' was refused.");
    }
}
