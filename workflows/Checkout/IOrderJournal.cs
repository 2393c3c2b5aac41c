namespace NexusCart.Workflows.Checkout;

/// <summary>
/// The order's record, as the saga sees it; services/orders implements it. Every call is idempotent, because activities
/// run at least once: repeating it, or calling it late for an order that has moved on, changes nothing.
/// </summary>
public interface IOrderJournal
{
    /// <summary>
    /// Marks the order as being processed. Durable when it returns.
    /// </summary>
    /// <returns>False when the order is at an end (or unknown): the saga must then have no effect. This is what makes a
    /// second start of a finished instance harmless.</returns>
    /// <param name="orderId">The order.</param>
    Task<bool> BeginAsync(string orderId);

    /// <summary>
    /// Shows a step in the order's history as it happens. Returns at once: a report that gets lost costs nothing but
    /// punctuality, since the end of the saga brings the whole history.
    /// </summary>
    /// <param name="orderId">The order.</param>
    /// <param name="report">The step.</param>
    void Post(string orderId, StepReport report);

    /// <summary>Lets the customer see that he must act. Durable when it returns.</summary>
    /// <param name="orderId">The order.</param>
    /// <param name="action">What he needs for it.</param>
    /// <param name="report">The step, for the history.</param>
    Task RequireActionAsync(string orderId, RequiredAction action, StepReport report);

    /// <summary>Ends the order as paid, with its event. Durable when it returns.</summary>
    /// <param name="orderId">The order.</param>
    /// <param name="history">The whole saga, oldest first.</param>
    /// <param name="allocations">Which warehouse gives what; null where inventory does not say.</param>
    Task CompleteAsync(string orderId, IReadOnlyList<StepReport> history, IReadOnlyList<StockAllocation>? allocations = null);

    /// <summary>Ends the order as cancelled, with its event. Durable when it returns.</summary>
    /// <param name="orderId">The order.</param>
    /// <param name="reason">Machine-readable.</param>
    /// <param name="detail">For people.</param>
    /// <param name="history">The whole saga, oldest first.</param>
    Task CancelAsync(string orderId, string reason, string detail, IReadOnlyList<StepReport> history);

    /// <summary>Parks the order as a task for staff. Durable when it returns.</summary>
    /// <param name="orderId">The order.</param>
    /// <param name="reason">Why the saga failed, machine-readable.</param>
    /// <param name="detail">Which undo is left, for people.</param>
    /// <param name="history">The whole saga, oldest first.</param>
    Task ParkAsync(string orderId, string reason, string detail, IReadOnlyList<StepReport> history);
}

/// <summary>One entry of an order's history. A saga has at most one entry per step and outcome.</summary>
/// <param name="At">When, in UTC.</param>
/// <param name="Step">One of <see cref="CheckoutSteps"/>.</param>
/// <param name="Outcome">One of <see cref="StepOutcomes"/>.</param>
/// <param name="Detail">For people; may be null.</param>
public sealed record StepReport(DateTimeOffset At, string Step, string Outcome, string? Detail = null);

/// <summary>What the customer's browser needs to act on a payment.</summary>
/// <param name="Kind"><see cref="ThreeDSecure"/> or <see cref="PayPalApproval"/>.</param>
/// <param name="PaymentId">The payment.</param>
/// <param name="ClientSecret">For the provider's SDK in the owner's browser. Never logged, never part of the workflow's
/// history.</param>
/// <param name="RedirectUrl">Where the provider wants to send the browser; may be empty.</param>
public sealed record RequiredAction(string Kind, string PaymentId, string ClientSecret, string RedirectUrl)
{
    /// <summary>The <see cref="Kind"/> of a challenge by the customer's bank.</summary>
    public const string ThreeDSecure = "three_d_secure";

    /// <summary>The <see cref="Kind"/> of an approval at PayPal.</summary>
    public const string PayPalApproval = "paypal_approval";

    /// <summary>Says nothing of the secret.</summary>
    public override string ToString() => $"{Kind} for {PaymentId}";
}
