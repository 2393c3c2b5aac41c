using System.Runtime.ExceptionServices;

namespace Dapr.Workflow.Client;

/// <summary>Runs a call under a retry policy with durable waits between the attempts.</summary>
/// <typeparam name="T">The call's result.</typeparam>
/// <param name="context">The workflow's clock; a <see cref="WorkflowContext"/> unless <paramref name="retryTimerFactory"/> is given.</param>
/// <param name="retryPolicy">How often and when.</param>
/// <param name="retryCall">One attempt.</param>
/// <param name="retryTimerFactory">Makes the wait between two attempts; null: a plain durable timer.</param>
public sealed class RetryInterceptor<T>(
    IWorkflowContext context,
    WorkflowRetryPolicy retryPolicy,
    Func<Task<T>> retryCall,
    Func<TimeSpan, Task>? retryTimerFactory = null)
{
    /// <summary>Tries until an attempt succeeds, the attempts are used up, or the policy's time has passed.</summary>
    /// <returns>The result of the attempt that succeeded.</returns>
    /// <exception cref="WorkflowTaskFailedException">The last attempt's failure.</exception>
    public async Task<T?> Invoke()
    {
        var expires = Expiry(context.CurrentUtcDateTime, retryPolicy.RetryTimeout);
        for (var attempt = 1; ; attempt++)
        {
            ExceptionDispatchInfo failure;
            try
            {
                return await retryCall();
            }
            catch (WorkflowTaskFailedException failed)
            {
                failure = ExceptionDispatchInfo.Capture(failed);
            }

            if (attempt >= retryPolicy.MaxNumberOfAttempts || context.CurrentUtcDateTime >= expires)
                failure.Throw();

            await WaitAsync(DelayAfter(attempt));
        }
    }

    private static DateTime Expiry(DateTime start, TimeSpan timeout) =>
        timeout == Timeout.InfiniteTimeSpan || timeout >= DateTime.MaxValue - start ? DateTime.MaxValue : start + timeout;

    private TimeSpan DelayAfter(int attempt)
    {
        var most = retryPolicy.MaxRetryInterval ?? TimeSpan.FromDays(3650);
        var milliseconds = retryPolicy.FirstRetryInterval.TotalMilliseconds * Math.Pow(retryPolicy.BackoffCoefficient, attempt - 1);
        return milliseconds >= most.TotalMilliseconds ? most : TimeSpan.FromMilliseconds(milliseconds);
    }

    private Task WaitAsync(TimeSpan delay)
    {
        if (retryTimerFactory is not null)
            return retryTimerFactory(delay);

        return context is WorkflowContext workflow
            ? workflow.CreateTimer(delay)
            : throw new InvalidOperationException("Durable retries need a WorkflowContext or a timer factory.");
    }
}
