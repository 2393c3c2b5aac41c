using System.Globalization;
using System.Threading.RateLimiting;
using NexusCart.Gateway.Entrance;
using NexusCart.Platform.Errors;

namespace NexusCart.Gateway.Limits;

/// <summary>A token bucket for each key; who finds it empty is told when to return.</summary>
internal sealed class RateLimitMiddleware : IDisposable
{
    private readonly RequestDelegate _next;
    private readonly Bucket _bucket;
    private readonly string _name;
    private readonly string _policy;
    private readonly Func<HttpContext, string?> _key;
    private readonly PartitionedRateLimiter<string> _limiter;

    public RateLimitMiddleware(RequestDelegate next, Bucket bucket, string name, Func<HttpContext, string?> key)
    {
        _next = next;
        _bucket = bucket;
        _key = key;
        _name = $"\"{name}\"";
        _policy = string.Create(CultureInfo.InvariantCulture, $"{_name};q={bucket.Burst};w={Math.Max(1, bucket.Burst / Math.Max(1, bucket.PerSecond))}");
        _limiter = PartitionedRateLimiter.Create<string, string>(client => RateLimitPartition.GetTokenBucketLimiter(client, _ => Options(bucket)));
    }

    public async Task InvokeAsync(HttpContext context)
    {
        if (!context.IsPublic() || _key(context) is not { } key)
        {
            await _next(context);
            return;
        }

        using var lease = _limiter.AttemptAcquire(key);
        var headers = context.Response.Headers;
        headers["RateLimit-Policy"] = _policy;
        headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture,
            $"{_name};r={_limiter.GetStatistics(key)?.CurrentAvailablePermits ?? 0}");
        if (lease.IsAcquired)
        {
            await _next(context);
            return;
        }

        await new Problem(StatusCodes.Status429TooManyRequests, $"More than {_bucket.PerSecond} requests a second.")
        {
            RetryAfter = lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) && wait > TimeSpan.Zero ? wait : TimeSpan.FromSeconds(1),
        }.WriteAsync(context);
    }

    public void Dispose() => _limiter.Dispose();

    /// <summary>Fills in steps of a tenth of a second, or of as long as one permit takes.</summary>
    private static TokenBucketRateLimiterOptions Options(Bucket bucket) => new()
    {
        TokenLimit = bucket.Burst,
        TokensPerPeriod = Math.Max(1, bucket.PerSecond / 10),
        ReplenishmentPeriod = TimeSpan.FromSeconds(Math.Max(1, bucket.PerSecond / 10) / (double)bucket.PerSecond),
        AutoReplenishment = false, // The partitioned limiter fills all of them by one timer.
        QueueLimit = 0,
    };
}

/// <summary>Puts the limits into the pipeline.</summary>
internal static class RateLimitExtensions
{
    /// <summary>Counts by address; before tokens are looked at, so that nobody can keep the gateway busy with checking bad ones.</summary>
    public static void UseAddressLimit(this IApplicationBuilder app, RateLimits limits) => app.Use(limits.Address, "address", Address);

    /// <summary>Counts by the token's subject; requests without a token were counted by address already.</summary>
    public static void UseClientLimit(this IApplicationBuilder app, RateLimits limits) =>
        app.Use(limits.Client, "client", static context => context.User.FindFirst("sub")?.Value);

    private static void Use(this IApplicationBuilder app, Bucket bucket, string name, Func<HttpContext, string?> key)
    {
        if (bucket.PerSecond > 0) app.UseMiddleware<RateLimitMiddleware>(bucket, name, key);
    }

    private static string Address(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "unknown";
}
