using System.Collections.Frozen;
using Microsoft.Extensions.Primitives;

namespace NexusCart.Sidecar.Actors;

/// <summary>Which headers travel between the caller and the actor.</summary>
internal static class ActorHeaders
{
    public const string CallerAppId = "dapr-caller-app-id";
    public const string CallerNamespace = "dapr-caller-namespace";
    public const string ApiCall = "dapr-api-call";
    public const string ErrorResponse = "X-DaprErrorResponseHeader";
    public const string ReminderCancel = "X-DaprReminderCancel";

    private const string BinarySuffix = "-bin";

    // Between two hops only, about the body, or set by the sidecar itself. The API token is the sidecar's own secret.
    private static readonly FrozenSet<string> Held = new[]
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade", "HTTP2-Settings", "TE", "Trailer",
        "Proxy-Authorization", "Proxy-Authenticate", "Expect", "Host", "Content-Type", "Content-Length", "traceparent", "tracestate",
        "grpc-trace-bin", "destination-app-id", "dapr-api-token", CallerAppId, CallerNamespace, ApiCall, ActorCall.ReentrancyHeader,
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a header of the caller or the app goes on to the other side.</summary>
    public static bool Travels(string name) =>
        !Held.Contains(name) && !name.EndsWith(BinarySuffix, StringComparison.OrdinalIgnoreCase) && !name.StartsWith(':');

    /// <summary>Copies the caller's headers onto the request to the app.</summary>
    public static void Copy(IEnumerable<KeyValuePair<string, StringValues>> headers, HttpRequestMessage request)
    {
        foreach (var (name, values) in headers)
        {
            if (!Travels(name))
                continue;
            if (values.Count == 1)
                request.Headers.TryAddWithoutValidation(name, values[0]);
            else
                request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
    }

    /// <summary>Whether an answer is an error of the actor, told in the way of the .NET SDK.</summary>
    public static bool TellsError(ActorReply reply) => reply.Headers.Contains(ErrorResponse);

    /// <summary>Whether an answer asks to end the timer or reminder.</summary>
    public static bool AsksToCancel(ActorReply reply) =>
        reply.Headers.TryGetValues(ReminderCancel, out var values)
        && values.ToString().ToUpperInvariant() is "Y" or "YES" or "TRUE" or "T" or "ON" or "1";
}
