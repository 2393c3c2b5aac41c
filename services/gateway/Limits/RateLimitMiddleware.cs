using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.RateLimiting;
using NexusCart.Gateway.Entrance;
using NexusCart.Gateway.Proxy;
using NexusCart.Platform.Errors;

namespace NexusCart.Gateway.Limits;

/// <summary>Which bucket a request takes its token from.</summary>
/// <param name="Key">The bucket's own name.</param>
/// <param name="Bucket">Its size.</param>
internal readonly record struct BucketChoice(string Key, Bucket Bucket);

/// <summary>
/// A token bucket for each key; who finds it empty is told when to return. What is left is told in <c>RateLimit</c> and
/// <c>RateLimit-Policy</c> as draft-ietf-httpapi-ratelimit-headers-10 has them: lists with one item for each limit that counted the request.
/// </summary>
internal sealed class RateLimitMiddleware : IDisposable
{
    private readonly RequestDelegate _next;
    private readonly string _name;
    private readonly Func<HttpContext, BucketChoice?> _choose;
    private readonly ConcurrentDictionary<Bucket, string> _policies = new();
    private readonly PartitionedRateLimiter<BucketChoice> _limiter;

    public RateLimitMiddleware(RequestDelegate next, string name, Func<HttpContext, BucketChoice?> choose)
    {
        _next = next;
        _choose = choose;
        _name = $"\"{name}\"";
        _limiter = PartitionedRateLimiter.Create<BucketChoice, string>(
            static choice => RateLimitPartition.GetTokenBucketLimiter(choice.Key, _ => Options(choice.Bucket)));
    }

    public async Task InvokeAsync(HttpContext context)
    {
        if (!context.IsPublic() || _choose(context) is not { } choice)
        {
            await _next(context);
            return;
        }

        using var lease = _limiter.AttemptAcquire(choice);
        var left = _limiter.GetStatistics(choice)?.CurrentAvailablePermits ?? 0;
        var headers = context.Response.Headers;
        headers.Append("RateLimit-Policy", _policies.GetOrAdd(choice.Bucket, Policy));
        headers.Append("RateLimit", string.Create(CultureInfo.InvariantCulture, $"{_name};r={left};t={SecondsToFill(choice.Bucket, left)}"));
        if (lease.IsAcquired)
        {
            await _next(context);
            return;
        }

        await new Problem(StatusCodes.Status429TooManyRequests, $"More than {choice.Bucket.PerSecond} requests a second.")
        {
            RetryAfter = lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) && wait > TimeSpan.Zero ? wait : TimeSpan.FromSeconds(1),
        }.WriteAsync(context);
    }

    public void Dispose() => _limiter.Dispose();

    private string Policy(Bucket bucket) => string.Create(
        CultureInfo.InvariantCulture, $"{_name};q={bucket.Burst};w={Math.Max(1, SecondsToFill(bucket, 0))}");

    private static long SecondsToFill(Bucket bucket, long left) => Math.Max(0, (bucket.Burst - left + bucket.PerSecond - 1) / bucket.PerSecond);

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
    /// <summary>
    /// Counts by address, by route and all of it; before tokens are looked at, so that nobody can keep the gateway busy with checking
    /// bad ones. Who is turned away for his own sake takes nothing from what all share.
    /// </summary>
    public static void UseEntranceLimits(this IApplicationBuilder app, RateLimits limits)
    {
        if (limits.Address.PerSecond > 0)
            app.Use("address", context => new BucketChoice(Address(context), limits.Address));
        if (limits.Routes.Values.Any(static bucket => bucket.PerSecond > 0))
            app.Use("route", context => Route(context, limits));
        if (limits.Global.PerSecond > 0)
            app.Use("global", _ => new BucketChoice("global", limits.Global));
    }

    /// <summary>Counts by the token's subject; requests without a token were counted by address already.</summary>
    public static void UseClientLimit(this IApplicationBuilder app, RateLimits limits)
    {
        if (limits.Client.PerSecond > 0)
            app.Use("client", context => context.User.FindFirst("sub")?.Value is { } subject ? new BucketChoice(subject, limits.Client) : null);
    }

    private static void Use(this IApplicationBuilder app, string name, Func<HttpContext, BucketChoice?> choose) =>
        app.UseMiddleware<RateLimitMiddleware>(name, choose);

    private static BucketChoice? Route(HttpContext context, RateLimits limits) =>
        context.PublicRpc() is { } rpc && limits.Routes.TryGetValue(rpc.Name, out var bucket) && bucket.PerSecond > 0
            ? new BucketChoice(rpc.Name, bucket)
            : null;

    private static string Address(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "unknown";
}
