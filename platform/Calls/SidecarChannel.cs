using Grpc.Net.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace NexusCart.Platform.Calls;

/// <summary>
/// The app's gRPC connection to its sidecar. A sidecar may be restarted under a living app; left to the defaults, a channel that met
/// a closed port a few times would wait up to two minutes before it looked again.
/// </summary>
public sealed class SidecarChannel(IConfiguration configuration) : IDisposable
{
    private const string DefaultPort = "50001";
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>One connection for the calls to all services: HTTP/2 carries them side by side.</summary>
    public GrpcChannel Channel { get; } = GrpcChannel.ForAddress(
        configuration["DAPR_GRPC_ENDPOINT"] ?? $"http://127.0.0.1:{configuration["DAPR_GRPC_PORT"] ?? DefaultPort}", Options());

    /// <summary>What the sidecar asks of its callers; null when it asks nothing.</summary>
    public string? ApiToken { get; } = configuration["DAPR_API_TOKEN"] is { Length: > 0 } token ? token : null;

    /// <summary>For a client that makes a channel of its own: it looks for a lost sidecar every two seconds at the latest.</summary>
    public static GrpcChannelOptions Options() => new()
    {
        InitialReconnectBackoff = FirstPause,
        MaxReconnectBackoff = LongestPause,
        ThrowOperationCanceledOnCancellation = true,
        MaxReceiveMessageSize = null, // The sidecar has the say: what it let in must not get stuck here.
    };

    /// <inheritdoc/>
    public void Dispose() => Channel.Dispose();
}

/// <summary>Registers what speaks to the sidecar.</summary>
public static class SidecarClient
{
    /// <summary>Registers Dapr's client on a connection that finds a restarted sidecar soon. May be called more than once.</summary>
    public static void AddSidecarClient(this IServiceCollection services) =>
        services.AddDaprClient(static (_, client) => client.UseGrpcChannelOptions(SidecarChannel.Options()));
}
