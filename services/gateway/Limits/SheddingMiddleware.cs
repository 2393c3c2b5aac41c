using System.Security.Claims;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NexusCart.Gateway.Entrance;
using NexusCart.Gateway.Live;
using NexusCart.Gateway.Proxy;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Security;
using ShopTokens = NexusCart.Platform.Security.Tokens;

namespace NexusCart.Gateway.Limits;

/// <summary>
/// Turns requests away while too many are under way: what arrives is served at once, waits in a queue of bounded length, or is told to come
/// again. Without it, everybody's answers would come later and later, and in the end too late for anybody; with it, the wait of those who
/// are let in is bounded by the queue's length. Staff need their tools when the shop is busiest: who has a role that one of the shop's policies
/// demands is never turned away.
/// </summary>
internal sealed class SheddingMiddleware : IDisposable
{
    private const string Bearer = "Bearer ";
    private const int MostCharacters = 8 * 1024;
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

        var lease = _limiter.AttemptAcquire();
        if (!lease.IsAcquired)
        {
            lease.Dispose();
            // Tokens are looked at once places are short, not before: it must cost little to turn somebody away.
            if (await IsStaffAsync(context))
            {
                await _next(context);
                return;
            }

            lease = await _limiter.AcquireAsync(1, context.RequestAborted);
        }

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

    private static async Task<bool> IsStaffAsync(HttpContext context) =>
        ClaimsToBeStaff(context.Request.Headers.Authorization.ToString())
        && await context.AuthenticateAsync(ShopTokens.UserScheme) is { Succeeded: true, Principal: { } caller }
        && IsStaff(caller.Claims);

    /// <summary>What the token says unchecked: for the choice of those whose signature is worth a look alone.</summary>
    private static bool ClaimsToBeStaff(string authorization)
    {
        if (!authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) || authorization.Length > MostCharacters) return false;
        try
        {
            return IsStaff(new JsonWebToken(authorization[Bearer.Length..].Trim()).Claims);
        }
        catch (Exception fault) when (fault is ArgumentException or SecurityTokenException or FormatException)
        {
            return false;
        }
    }

    private static bool IsStaff(IEnumerable<Claim> claims) =>
        claims.Any(static claim => claim.Type == ShopTokens.RolesClaim && Policies.StaffRoles.Contains(claim.Value));

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
