using System.Net.Http;
using Grpc.Net.Client;

namespace NexusCart.Bench.Load;

/// <summary>The clients of the generator: plain ones, so that it takes as little as it can of the machine it shares.</summary>
internal static class Clients
{
    // Requests that are due while all are taken wait in the client, and their waiting counts; without a limit a generator that has
    // fallen behind would drown the machine in new connections.
    private const int MostConnections = 256;

    /// <summary>HTTP/1.1, a connection for each request in flight.</summary>
    public static HttpClient Http(Uri address) => new(Handler(MostConnections)) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>gRPC over one connection, and more only when that has no streams left.</summary>
    public static GrpcChannel Grpc(Uri address) => GrpcChannel.ForAddress(address, new GrpcChannelOptions
    {
        HttpHandler = Handler(int.MaxValue),
        DisposeHttpClient = true,
        ThrowOperationCanceledOnCancellation = true,
    });

    private static SocketsHttpHandler Handler(int connections) => new()
    {
        MaxConnectionsPerServer = connections,
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        EnableMultipleHttp2Connections = true,
    };
}
