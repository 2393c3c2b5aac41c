using NexusCart.Sidecar.Metrics;
using NexusCart.Sidecar.Resources;
using Polly;
using Polly.Timeout;

namespace NexusCart.Sidecar.Resiliency;

/// <summary>A timeout, circuit breaker and retry for one target, in Dapr's nesting: retry(breaker(timeout(call))).</summary>
public sealed class ResiliencyPolicy
{
    private readonly ResiliencePipeline _pipeline;
    private readonly PolicyMeter? _meter;

    internal ResiliencyPolicy(ResiliencePipeline pipeline, RetrySpec? retry, bool isEmpty, PolicyMeter? meter = null)
    {
        _meter = meter;
        _pipeline = pipeline;
        MayRetry = retry is not null && retry.MaxRetries != 0;
        IsEmpty = isEmpty;
    }

    /// <summary>Just calls.</summary>
    public static ResiliencyPolicy None { get; } = new(ResiliencePipeline.Empty, null, isEmpty: true);

    /// <summary>Whether it does nothing at all.</summary>
    public bool IsEmpty { get; }

    /// <summary>Whether the call may be made more than once, so that its input must be kept.</summary>
    public bool MayRetry { get; }

    /// <summary>Runs a call under the policy.</summary>
    /// <exception cref="TimeoutException">The last try took longer than the timeout ("context deadline exceeded").</exception>
    /// <exception cref="CircuitOpenException">The circuit breaker is open.</exception>
    public async ValueTask<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellation)
    {
        if (IsEmpty)
            return await call(cancellation);
        _meter?.Executed();
        try
        {
            return await _pipeline.ExecuteAsync(static (run, token) => run(token), call, cancellation);
        }
        catch (TimeoutRejectedException e)
        {
            throw new TimeoutException("context deadline exceeded", e);
        }
    }

    /// <summary>Runs a call without a result under the policy.</summary>
    /// <exception cref="TimeoutException">The last try took longer than the timeout.</exception>
    /// <exception cref="CircuitOpenException">The circuit breaker is open.</exception>
    public async ValueTask RunAsync(Func<CancellationToken, ValueTask> call, CancellationToken cancellation)
    {
        if (IsEmpty)
        {
            await call(cancellation);
            return;
        }

        await RunAsync(
            async token =>
            {
                await call(token);
                return true;
            },
            cancellation);
    }
}

/// <summary>Counts the calls under a policy.</summary>
internal sealed record PolicyMeter(PolicyMetrics Metrics, bool HasTimeout, bool HasRetry, CircuitBreaker? Breaker)
{
    /// <summary>Notes a call.</summary>
    public void Executed() => Metrics.Executed(HasTimeout, HasRetry, Breaker?.StateName);
}

/// <summary>The circuit breaker lets no call through now; trying again at once is pointless.</summary>
public sealed class CircuitOpenException(bool tooManyRequests)
    : Exception(tooManyRequests ? "too many requests" : "circuit breaker is open");

/// <summary>A failure that must not be retried whatever the policy says; the inner exception is what happened.</summary>
public sealed class PermanentFailureException(Exception inner) : Exception(inner.Message, inner);

/// <summary>An exception that carries a status code, for policies that retry only some.</summary>
public interface IHasStatusCode
{
    /// <summary>The HTTP status; null when it is a gRPC one.</summary>
    int? HttpStatusCode { get; }

    /// <summary>The gRPC status; null when it is an HTTP one.</summary>
    int? GrpcStatusCode { get; }
}
