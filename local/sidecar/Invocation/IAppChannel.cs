using Grpc.Core;

namespace NexusCart.Sidecar.Invocation;

/// <summary>The sidecar's way to its app: one connection pool, the app token, the concurrency limit and the health gate.</summary>
public interface IAppChannel
{
    /// <summary>False when no app port is set.</summary>
    bool Exists { get; }

    /// <summary>Whether the app may be called: it listens, and its last probes succeeded when probes are on.</summary>
    bool IsHealthy { get; }

    /// <summary>
    /// Sends a request to the app; <see cref="HttpRequestMessage.RequestUri"/> is relative ("/orders?x=1"). Returns when the
    /// headers are there; the caller disposes the answer. The app token is added here.
    /// </summary>
    /// <exception cref="HttpRequestException">The app could not be reached.</exception>
    Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation);

    /// <summary>Calls a gRPC service of the app (protocols grpc and h2c).</summary>
    CallInvoker Grpc { get; }
}
