using Grpc.Core;

namespace NexusCart.Workflows.Checkout;

/// <summary>
/// How the saga's activities call other services. A definite refusal reaches the activity as an <see cref="RpcException"/>
/// and becomes an answer; everything else means the outcome is unknown, is shown in the order's history, and is thrown on
/// as <see cref="StepUnavailableException"/> so that the workflow's retry policy repeats the call with the same ids.
/// </summary>
/// <param name="journal">The order's record.</param>
/// <param name="clock">The time of the reports and of the deadlines.</param>
public sealed class StepCaller(IOrderJournal journal, TimeProvider clock)
{
    /// <summary>The deadline of a call to inventory.</summary>
    public static readonly TimeSpan StockDeadline = TimeSpan.FromSeconds(5);

    /// <summary>The deadline of a call to promotions.</summary>
    public static readonly TimeSpan PromotionsDeadline = TimeSpan.FromSeconds(5);

    /// <summary>The deadline of a call to payments, which in turn waits for a provider.</summary>
    public static readonly TimeSpan MoneyDeadline = TimeSpan.FromSeconds(20);

    /// <summary>The order's record.</summary>
    public IOrderJournal Journal => journal;

    /// <summary>Makes a call.</summary>
    /// <typeparam name="T">The answer.</typeparam>
    /// <param name="orderId">The order it is made for.</param>
    /// <param name="step">The step it belongs to.</param>
    /// <param name="deadline">How long it may take.</param>
    /// <param name="call">The call, given the options to make it with.</param>
    /// <exception cref="RpcException">The other side refused: repeating the call would not help.</exception>
    /// <exception cref="StepUnavailableException">What happened is unknown.</exception>
    public async Task<T> CallAsync<T>(
        string orderId, string step, TimeSpan deadline, Func<CallOptions, AsyncUnaryCall<T>> call)
    {
        ArgumentNullException.ThrowIfNull(call);
        try
        {
            using var pending = call(new CallOptions(deadline: clock.GetUtcNow().Add(deadline).UtcDateTime));
            return await pending.ResponseAsync;
        }
        catch (RpcException error) when (!IsDefinite(error.StatusCode))
        {
            Report(orderId, step, StepOutcomes.Failed, error.StatusCode.ToString());
            throw new StepUnavailableException(step, error);
        }
    }

    /// <summary>Shows a step in the order's history.</summary>
    /// <param name="orderId">The order.</param>
    /// <param name="step">One of <see cref="CheckoutSteps"/>.</param>
    /// <param name="outcome">One of <see cref="StepOutcomes"/>.</param>
    /// <param name="detail">For people.</param>
    public void Report(string orderId, string step, string outcome, string? detail = null) =>
        journal.Post(orderId, At(step, outcome, detail));

    /// <summary>An entry for the history, as of now.</summary>
    /// <param name="step">One of <see cref="CheckoutSteps"/>.</param>
    /// <param name="outcome">One of <see cref="StepOutcomes"/>.</param>
    /// <param name="detail">For people.</param>
    public StepReport At(string step, string outcome, string? detail = null) =>
        new(clock.GetUtcNow(), step, outcome, detail);

    // What a service says about the request itself. Anything else, also a refused token, may be different next time.
    private static bool IsDefinite(StatusCode code) => code
        is StatusCode.InvalidArgument
        or StatusCode.NotFound
        or StatusCode.AlreadyExists
        or StatusCode.FailedPrecondition
        or StatusCode.OutOfRange;
}

/// <summary>A step got no usable answer: it may or may not have had its effect.</summary>
public sealed class StepUnavailableException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="step">The step.</param>
    /// <param name="cause">What came instead of an answer.</param>
    public StepUnavailableException(string step, RpcException cause)
        : base($"{step}: {cause?.StatusCode} {cause?.Status.Detail}", cause)
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What happened.</param>
    public StepUnavailableException(string message)
        : base(message)
    {
    }
}
