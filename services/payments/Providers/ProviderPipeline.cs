using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Polly;
using Polly.CircuitBreaker;
using Polly.RateLimiting;
using Polly.Retry;
using Polly.Timeout;

namespace NexusCart.Payments.Providers;

/// <summary>What a provider publishes as its limits: requests a second over all and for each endpoint.</summary>
public sealed record PublishedLimits(int RequestsPerSecond, int RequestsPerSecondPerEndpoint);

/// <summary>
/// How a call to a provider is made safe: a total time, repetitions of what is unknown (always under the same key), a breaker
/// that lets one call probe when it closes again, a bulkhead, rate limits over all and for each endpoint, and a time per attempt.
/// What is definite is never repeated.
/// </summary>
public abstract class ProviderPipeline : IDisposable
{
    private const int MaxRetries = 6;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private static readonly ResiliencePropertyKey<string> Endpoint = new("endpoint");

    private readonly ResiliencePipeline _pipeline;
    private readonly CircuitBreakerStateProvider _circuit = new();
    private readonly TokenBucketRateLimiter _rate;
    private readonly ConcurrencyLimiter _bulkhead;
    private readonly ConcurrentDictionary<string, Lazy<TokenBucketRateLimiter>> _endpoints = new(StringComparer.Ordinal);
    private readonly int _perEndpoint;

    /// <summary>Builds the pipeline.</summary>
    protected ProviderPipeline(ProviderOptions options, PublishedLimits published, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(published);
        _rate = Bucket(options.RequestsPerSecond ?? published.RequestsPerSecond);
        _perEndpoint = options.RequestsPerSecondPerEndpoint ?? published.RequestsPerSecondPerEndpoint;
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
                MinimumThroughput = options.BreakAfter,
                SamplingDuration = TimeSpan.FromSeconds(10),
                BreakDuration = options.Break,
                StateProvider = _circuit,
                ShouldHandle = new PredicateBuilder().Handle<OutcomeUnknownException>(unknown => unknown.BlamesProvider).Handle<TimeoutRejectedException>(),
            })
            .AddRateLimiter(_bulkhead)
            .AddRateLimiter(new RateLimiterStrategyOptions { RateLimiter = arguments => EndpointLimit(arguments.Context).AcquireAsync(1, arguments.Context.CancellationToken) })
            .AddRateLimiter(_rate)
            .AddTimeout(options.AttemptTimeout)
            .Build();
    }

    /// <summary>False while the breaker is open: calls are not even tried.</summary>
    public bool IsAvailable => _circuit.CircuitState is CircuitState.Closed or CircuitState.HalfOpen;

    /// <summary>Makes a call.</summary>
    /// <param name="endpoint">The operation, as the provider counts its limits: <c>payment_intents.create</c>.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Ends the waiting; the call may have had its effect.</param>
    /// <exception cref="OutcomeUnknownException">Nobody knows whether it had its effect; repeat it with the same key.</exception>
    /// <exception cref="KeySpentException">The key is of no more use.</exception>
    public async Task<T> CallAsync<T>(string endpoint, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(Endpoint, endpoint);
        try
        {
            return await _pipeline.ExecuteAsync(async running => await AttemptAsync(call, running.CancellationToken), context);
        }
        catch (TimeoutRejectedException late)
        {
            throw new OutcomeUnknownException("The payment provider did not answer in time.", late);
        }
        catch (BrokenCircuitException broken)
        {
            throw new OutcomeUnknownException("The payment provider is out of order.", broken) { OutOfOrder = true };
        }
        catch (RateLimiterRejectedException busy)
        {
            throw new OutcomeUnknownException("Too many payments wait for the provider.", busy);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>What a failure of the provider's client means; null when it is a definite refusal, or nothing this knows of.</summary>
    protected abstract Exception? Translate(Exception failure);

    /// <summary>Lets the limiters go.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        _rate.Dispose();
        _bulkhead.Dispose();
        foreach (var limiter in _endpoints.Values)
            limiter.Value.Dispose();
    }

    private async Task<T> AttemptAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call(cancellationToken);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            throw new OutcomeUnknownException("The connection to the payment provider broke.", broken);
        }
        catch (Exception failure) when (Translate(failure) is { } translated)
        {
            throw translated;
        }
    }

    private TokenBucketRateLimiter EndpointLimit(ResilienceContext context) => _endpoints.GetOrAdd(
        context.Properties.GetValue(Endpoint, ""), _ => new Lazy<TokenBucketRateLimiter>(() => Bucket(_perEndpoint))).Value;

    // Refilled ten times a second, so that a second's worth never leaves in one burst.
    private static TokenBucketRateLimiter Bucket(int perSecond) => new(new()
    {
        TokenLimit = Math.Max(1, perSecond / 10),
        TokensPerPeriod = Math.Max(1, perSecond / 10),
        ReplenishmentPeriod = TimeSpan.FromSeconds(Math.Max(1, perSecond / 10) / (double)perSecond),
        QueueLimit = perSecond * 5,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });
}
