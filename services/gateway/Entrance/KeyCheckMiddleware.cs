using NexusCart.Gateway.Proxy;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Idempotency;

namespace NexusCart.Gateway.Entrance;

/// <summary>Refuses a mutation that has no Idempotency-Key before it costs anything.</summary>
internal sealed class KeyCheckMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context) =>
        context.PublicRpc() is { NeedsKey: true } && !IdempotencyKey.TryRead(context.Request.Headers, out _, out var reason)
            ? Problem.Invalid(IdempotencyKey.Header, reason).WriteAsync(context)
            : next(context);
}
