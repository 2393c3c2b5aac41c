using Dapr.Actors;
using Dapr.Actors.Client;
using Dapr.Client;

namespace NexusCart.Tests.Chaos.Blocks;

/// <summary>Fresh clients of one life of the sidecar, so that none waits out the backoff of a broken connection.</summary>
internal sealed class SidecarClients : IDisposable
{
    private readonly ActorProxyFactory _actors;

    public SidecarClients(VictimSidecar sidecar)
    {
        Dapr = new DaprClientBuilder().UseHttpEndpoint(sidecar.HttpEndpoint).UseGrpcEndpoint(sidecar.GrpcEndpoint).Build();
        _actors = new ActorProxyFactory(new ActorProxyOptions { HttpEndpoint = sidecar.HttpEndpoint, RequestTimeout = TimeSpan.FromSeconds(20) });
        Http = new HttpClient { BaseAddress = new Uri(sidecar.HttpEndpoint), Timeout = TimeSpan.FromSeconds(20) };
    }

    /// <summary>The official client.</summary>
    public DaprClient Dapr { get; }

    /// <summary>The HTTP API.</summary>
    public HttpClient Http { get; }

    /// <summary>A proxy of an actor, called through the sidecar.</summary>
    public T Actor<T>(string type, string id)
        where T : IActor => _actors.CreateActorProxy<T>(new ActorId(id), type);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dapr.Dispose();
        Http.Dispose();
    }
}
