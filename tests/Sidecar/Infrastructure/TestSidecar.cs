using Dapr.Client;
using Grpc.Net.Client;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Tests.Sidecar.Infrastructure;

/// <summary>A sidecar that runs inside the test, with clients for its ports.</summary>
public sealed class TestSidecar : IAsyncDisposable
{
    private readonly Lazy<GrpcChannel> _channel;
    private readonly Lazy<DaprClient> _client;

    internal TestSidecar(SidecarHost host)
    {
        Host = host;
        HttpEndpoint = $"http://127.0.0.1:{host.Options.HttpPort}";
        GrpcEndpoint = $"http://127.0.0.1:{host.Options.GrpcPort}";
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, ActivityHeadersPropagator = null })
        {
            BaseAddress = new Uri(HttpEndpoint),
            Timeout = TimeSpan.FromSeconds(60),
        };
        _channel = new Lazy<GrpcChannel>(() => GrpcChannel.ForAddress(GrpcEndpoint, new GrpcChannelOptions { MaxReceiveMessageSize = 64 << 20 }));
        _client = new Lazy<DaprClient>(() =>
            new DaprClientBuilder().UseHttpEndpoint(HttpEndpoint).UseGrpcEndpoint(GrpcEndpoint).UseDaprApiToken(host.Options.ApiToken).Build());
    }

    /// <summary>The sidecar's host; <c>Host.Sidecar.Services</c> holds its building blocks.</summary>
    public SidecarHost Host { get; }

    /// <summary>A client with the HTTP API as its base address.</summary>
    public HttpClient Http { get; }

    /// <summary>Address of the HTTP API.</summary>
    public string HttpEndpoint { get; }

    /// <summary>Address of the gRPC API.</summary>
    public string GrpcEndpoint { get; }

    /// <summary>A channel to the gRPC API.</summary>
    public GrpcChannel Grpc => _channel.Value;

    /// <summary>The official client.</summary>
    public DaprClient Client => _client.Value;

    /// <summary>Waits until the app has answered and everything the sidecar asks of it is set up.</summary>
    public Task AppReadyAsync() => Host.AppReady.WaitAsync(TimeSpan.FromSeconds(30));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_client.IsValueCreated)
            _client.Value.Dispose();
        if (_channel.IsValueCreated)
            _channel.Value.Dispose();
        Http.Dispose();
        await Host.DisposeAsync();
    }
}
