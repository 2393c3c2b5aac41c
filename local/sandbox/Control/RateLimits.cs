using System.Collections.Concurrent;

namespace NexusCart.Sandbox.Control;

/// <summary>What a provider allows.</summary>
/// <param name="Provider"><c>stripe</c> or <c>paypal</c>.</param>
/// <param name="RequestsPerSecond">Requests a second, over all operations; 0 for no limit.</param>
/// <param name="Burst">Requests that may come at once.</param>
public sealed record RateLimit(string Provider, int RequestsPerSecond, int Burst);

/// <summary>
/// How much each provider takes: published under <c>/_control/limits</c>, and kept to with 429. None by default: a bench
/// measures the shop, not a limit. Stripe's own are 100 a second live and 25 in test mode.
/// </summary>
public sealed class RateLimits
{
    private readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;

    /// <summary>Takes the limits of the options.</summary>
    public RateLimits(SandboxOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        _time = time;
        Set(new(Providers.Stripe, options.StripeRequestsPerSecond, options.StripeRequestsPerSecond));
        Set(new(Providers.PayPal, options.PayPalRequestsPerSecond, options.PayPalRequestsPerSecond));
    }

    /// <summary>The limits in force.</summary>
    public IReadOnlyList<RateLimit> Current => [.. _buckets.Values.Select(bucket => bucket.Limit).OrderBy(limit => limit.Provider, StringComparer.Ordinal)];

    /// <summary>Sets a provider's limit.</summary>
    public void Set(RateLimit limit)
    {
        ArgumentNullException.ThrowIfNull(limit);
        _buckets[limit.Provider] = new(limit, _time);
    }

    /// <summary>True when a request may pass.</summary>
    public bool TryTake(string provider) => _buckets[provider].TryTake();

    private sealed class Bucket(RateLimit limit, TimeProvider time)
    {
        private readonly Lock _gate = new();
        private double _tokens = limit.Burst;
        private long _filled = time.GetTimestamp();

        public RateLimit Limit => limit;

        public bool TryTake()
        {
            if (limit.RequestsPerSecond == 0)
                return true;
            lock (_gate)
            {
                var now = time.GetTimestamp();
                _tokens = Math.Min(limit.Burst, _tokens + (time.GetElapsedTime(_filled, now).TotalSeconds * limit.RequestsPerSecond));
                _filled = now;
                if (_tokens < 1)
                    return false;
                _tokens--;
                return true;
            }
        }
    }
}
