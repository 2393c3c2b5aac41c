using Grpc.Core;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Resiliency;

/// <summary>When and after how long a policy tries again.</summary>
internal static class RetryRules
{
    private const double Growth = 1.5;
    private const double Jitter = 0.5;

    /// <summary>An exponential retry gives up after this time, however many tries it may make.</summary>
    public static readonly TimeSpan LongestExponential = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan FirstExponential = TimeSpan.FromMilliseconds(500);

    /// <summary>Whether the failure may be tried again. Failures without a status code always may.</summary>
    public static bool IsRetriable(RetrySpec spec, Exception error) => error switch
    {
        CircuitOpenException or PermanentFailureException or OperationCanceledException => false,
        IHasStatusCode { HttpStatusCode: { } http } => spec.HttpStatusCodes?.Contains(http) ?? true,
        IHasStatusCode { GrpcStatusCode: { } grpc } => spec.GrpcStatusCodes?.Contains(grpc) ?? true,
        RpcException rpc => spec.GrpcStatusCodes?.Contains((int)rpc.StatusCode) ?? true,
        _ => true,
    };

    /// <summary>The pause before a try.</summary>
    /// <param name="spec">The policy.</param>
    /// <param name="attempt">0 for the pause after the first failure.</param>
    public static TimeSpan Delay(RetrySpec spec, int attempt)
    {
        if (!spec.Exponential)
            return spec.Duration;
        // Capped before it is spread, as Go's backoff library does.
        var interval = Math.Min(FirstExponential.TotalMilliseconds * Math.Pow(Growth, Math.Min(attempt, 100)), spec.MaxInterval.TotalMilliseconds);
        var spread = 1 - Jitter + (Random.Shared.NextDouble() * 2 * Jitter);
        return TimeSpan.FromMilliseconds(interval * spread);
    }
}
