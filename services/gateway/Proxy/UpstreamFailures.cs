using NexusCart.Platform.Errors;
using Yarp.ReverseProxy.Forwarder;

namespace NexusCart.Gateway.Proxy;

/// <summary>Says what it means when the sidecar gave no answer at all.</summary>
internal static class UpstreamFailures
{
    public static void UseUpstreamFailures(this IReverseProxyApplicationBuilder proxy) => proxy.Use(async (context, next) =>
    {
        await next(context);
        if (context.GetForwarderErrorFeature() is { } failure && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
            await Explain(failure, context.Response.StatusCode).WriteAsync(context);
    });

    private static Problem Explain(IForwarderErrorFeature failure, int status) => failure.Error switch
    {
        ForwarderError.RequestTimedOut => new Problem(
            StatusCodes.Status504GatewayTimeout, "No answer in time; whether the request was carried out is unknown. Repeat it with the same Idempotency-Key."),
        ForwarderError.RequestBodyClient when status == StatusCodes.Status413PayloadTooLarge
            || failure.Exception is BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new Problem(
            StatusCodes.Status413PayloadTooLarge, "The body is too large."),
        ForwarderError.RequestBodyClient => new Problem(StatusCodes.Status400BadRequest, "The body could not be read to its end."),
        ForwarderError.ResponseBodyDestination or ForwarderError.ResponseBodyCanceled or ForwarderError.ResponseHeaders => new Problem(
            StatusCodes.Status502BadGateway, "The answer broke off; whether the request was carried out is unknown."),
        _ => new Problem(StatusCodes.Status503ServiceUnavailable, "The shop cannot be reached at the moment.") { RetryAfter = TimeSpan.FromSeconds(1) },
    };
}
