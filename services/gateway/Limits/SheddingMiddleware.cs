using System.Threading.RateLimiting;
using NexusCart.Gateway.Entrance;
using NexusCart.Gateway.Live;
using NexusCart.Gateway.Proxy;
using NexusCart.Platform.Errors;

namespace NexusCart.Gateway.Limits;

/// <summary>
/// Turns requests away while too many are under way: what arrives is served at once, waits in a queue of bounded length, or is told to come
/// again. Without it, everybody's answers would come later and later, and in the end too late for anybody; with it, the wait of those who
/// are let in is bounded by the queue's length.
/// </summary>
internal sealed class SheddingMiddleware : IDisposable
{
    private static readonly TimeSpan ComeAgain = TimeSpan.FromSeconds(1);
    private readonly RequestDelegate _next;
    private readonly Shedding _shedding;
    private readonly ConcurrencyLimiter _limiter;

    public SheddingMiddleware(RequestDelegate next, Shedding shedding)
    {
        _next = next;
        _shedding = shedding;
        _limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions
        {
            PermitLimit = shedding.AtOnce,
            QueueLimit = shedding.Queued,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
    }

    public async Task InvokeAsync(HttpContext context)
    {
        if (!context.IsPublic() || IsExempt(context))
        {
            await _next(context);
            return;
        }

        var lease = await _limiter.AcquireAsync(1, context.RequestAborted);
        try
        {
            if (!lease.IsAcquired)
            {
                await new Problem(StatusCodes.Status503ServiceUnavailable, "Too many requests are under way.") { RetryAfter = ComeAgain }.WriteAsync(context);
                return;
            }

            // Who only waits for something to happen does no work meanwhile, and must not keep others out.
            if (Waits(context))
                lease.Dispose();
            await _next(context);
        }
        finally
        {
            lease.Dispose();
        }
    }

    public void Dispose() => _limiter.Dispose();

    private bool IsExempt(HttpContext context)
    {
        // By the path of its HTTP form, whichever form the request has.
        var path = context.PublicRpc()?.Path ?? context.Request.Path.Value ?? "";
        foreach (var beginning in _shedding.Exempt)
        {
            if (path.StartsWith(beginning, StringComparison.Ordinal)) return true;
        }
        return false;
    }

    private static bool Waits(HttpContext context) =>
        context.Request.Headers.ContainsKey("Prefer") || context.GetEndpoint()?.Metadata.GetMetadata<LiveStream>() is not null;
}

/// <summary>Puts load shedding into the pipeline.</summary>
internal static class SheddingExtensions
{
    public static void UseShedding(this IApplicationBuilder app, RateLimits limits)
    {
        if (limits.Shedding.AtOnce > 0) app.UseMiddleware<SheddingMiddleware>(limits.Shedding);
    }
}
