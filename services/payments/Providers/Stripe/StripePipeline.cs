using System.Net;
using System.Threading.RateLimiting;
using Polly;
using Polly.CircuitBreaker;
using Polly.RateLimiting;
using Polly.Retry;
using Polly.Timeout;
using Stripe;

namespace NexusCart.Payments.Providers.Stripe;

/// <summary>
/// How a call to Stripe is made safe: a total time, repetitions of what is unknown (always under the same key), a breaker,
/// a bulkhead, a rate limit, and a time per attempt. What is definite is never repeated.
/// </summary>
public sealed class StripePipeline : IDisposable
{
    private const int MaxRetries = 6;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly ResiliencePipeline _pipeline;
    private readonly TokenBucketRateLimiter _rate;
    private readonly ConcurrencyLimiter _bulkhead;

    /// <summary>Builds the pipeline.</summary>
    public StripePipeline(StripeOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        _rate = new TokenBucketRateLimiter(new()
        {
            TokenLimit = Math.Max(1, options.RequestsPerSecond / 10),
            TokensPerPeriod = Math.Max(1, options.RequestsPerSecond / 10),
            ReplenishmentPeriod = TimeSpan.FromSeconds(options.RequestsPerSecond < 10 ? 1.0 / options.RequestsPerSecond : 0.1),
            QueueLimit = options.RequestsPerSecond * 5,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
        _bulkhead = new ConcurrencyLimiter(new() { PermitLimit = options.MaxConcurrent, QueueLimit = options.MaxConcurrent * 16 });
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddTimeout(options.TotalTimeout)
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = MaxRetries,
                Delay = options.RetryPause,
                MaxDelay = LongestPause,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = new PredicateBuilder().Handle<OutcomeUnknownException>(unknown => unknown.Passing).Handle<TimeoutRejectedException>(),
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                FailureRatio = 0.5,
                MinimumThroughput = 50,
                SamplingDuration = TimeSpan.FromSeconds(10),
                BreakDuration = TimeSpan.FromSeconds(2),
                ShouldHandle = new PredicateBuilder().Handle<OutcomeUnknownException>(unknown => unknown.BlamesProvider).Handle<TimeoutRejectedException>(),
            })
            .AddRateLimiter(_bulkhead)
            .AddRateLimiter(_rate)
            .AddTimeout(options.AttemptTimeout)
            .Build();
    }

    /// <summary>Makes a call.</summary>
    /// <exception cref="OutcomeUnknownException">Nobody knows whether it had its effect; repeat it with the same key.</exception>
    /// <exception cref="KeySpentException">The key is of no more use.</exception>
    /// <exception cref="StripeException">A definite refusal.</exception>
    public async Task<T> CallAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await _pipeline.ExecuteAsync(async token => await AttemptAsync(call, token), cancellationToken);
        }
        catch (TimeoutRejectedException late)
        {
            throw new OutcomeUnknownException("The payment provider did not answer in time.", late);
        }
        catch (BrokenCircuitException broken)
        {
            throw new OutcomeUnknownException("The payment provider is out of order.", broken);
        }
        catch (RateLimiterRejectedException busy)
        {
            throw new OutcomeUnknownException("Too many payments wait for the provider.", busy);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rate.Dispose();
        _bulkhead.Dispose();
    }

    private static async Task<T> AttemptAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call(cancellationToken);
        }
        catch (StripeException failure) when (Translate(failure) is { } translated)
        {
            throw translated;
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            throw new OutcomeUnknownException("The connection to the payment provider broke.", broken);
        }
    }

    /// <summary>What a failure means; null when it is a definite refusal.</summary>
    private static Exception? Translate(StripeException failure)
    {
        var status = (int)failure.HttpStatusCode;
        if (failure.StripeError?.Type == "idempotency_error" && failure.HttpStatusCode == HttpStatusCode.BadRequest)
            return new KeySpentException("The provider knows the key with other parameters.", failure);
        if (status >= 500 && IsReplay(failure))
            return new KeySpentException("The provider keeps a failure under the key.", failure);
        return status switch
        {
            // Ours to mend, and the next try may find it mended; nothing was done.
            401 or 403 => new OutcomeUnknownException($"The payment provider refuses our key: {failure.Message}", failure) { Passing = false },
            409 or 429 => new OutcomeUnknownException($"The payment provider is busy ({status}).", failure) { BlamesProvider = false },
            424 or >= 500 => new OutcomeUnknownException($"The payment provider failed ({status}).", failure),
            >= 400 when failure.StripeError is not null => null,
            _ => new OutcomeUnknownException("The payment provider's answer cannot be read.", failure),
        };
    }

    private static bool IsReplay(StripeException failure) =>
        failure.StripeResponse?.Headers?.TryGetValues("Idempotent-Replayed", out var values) == true && values.Contains("true");
}
