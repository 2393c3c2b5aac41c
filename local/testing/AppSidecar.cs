using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Sidecar.Testing;

/// <summary>The sidecar of one app, and where that app has to listen.</summary>
public sealed class AppSidecar
{
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(30);
    private readonly SidecarOptions _options;
    private SidecarHost? _host;

    internal AppSidecar(SidecarOptions options) => _options = options;

    /// <summary>The app's id.</summary>
    public string AppId => _options.AppId;

    /// <summary>The port the sidecar expects the app on.</summary>
    public int AppPort => _options.AppPort!.Value;

    /// <summary>What the app speaks there.</summary>
    public AppProtocol AppProtocol => _options.AppProtocol;

    /// <summary>The address of the app.</summary>
    public Uri AppAddress => new($"http://127.0.0.1:{AppPort}");

    /// <summary>The sidecar's HTTP API, for <c>DaprClientBuilder.UseHttpEndpoint</c> and plain HTTP.</summary>
    public string HttpEndpoint => $"http://127.0.0.1:{_options.HttpPort}";

    /// <summary>The sidecar's gRPC API, for <c>DaprClientBuilder.UseGrpcEndpoint</c>.</summary>
    public string GrpcEndpoint => $"http://127.0.0.1:{_options.GrpcPort}";

    /// <summary>The environment Dapr's CLI gives an app: for a process of its own, in any language.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["APP_ID"] = AppId,
        ["APP_PORT"] = Text(AppPort),
        ["APP_PROTOCOL"] = AppProtocol.ToString().ToLowerInvariant(),
        ["DAPR_HTTP_PORT"] = Text(_options.HttpPort),
        ["DAPR_GRPC_PORT"] = Text(_options.GrpcPort),
    };

    /// <summary>Waits until the app has answered, its subscriptions stand and its actors can be called.</summary>
    /// <exception cref="TimeoutException">It has not in time: half a minute when nothing else is said.</exception>
    public async Task AppReadyAsync(TimeSpan? patience = null)
    {
        try
        {
            await Host.AppReady.WaitAsync(patience ?? DefaultPatience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The app '{AppId}' does not answer on {AppAddress} ({AppProtocol}).");
        }
    }

    internal SidecarHost Host => _host ?? throw new InvalidOperationException($"The sidecar of '{AppId}' does not run.");

    internal async Task StartAsync(LocalCluster cluster, ComponentTypes types, CancellationToken cancellation)
    {
        _host = SidecarHost.Create(_options, cluster, types);
        await _host.StartAsync(cancellation);
    }

    internal async Task StopAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
        _host = null;
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Puts an in-process app beside its sidecar.</summary>
public static class AppSidecarExtensions
{
    /// <summary>
    /// Has the app listen where its sidecar looks for it, in the protocol that was agreed, and has Dapr's clients find the sidecar:
    /// <c>AddDaprClient</c>, <c>AddActors</c> and <c>AddDaprWorkflow</c> read these settings.
    /// </summary>
    public static WebApplicationBuilder UseSidecar(this WebApplicationBuilder builder, AppSidecar sidecar)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(sidecar);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(sidecar.Environment.Select(entry => new KeyValuePair<string, string?>(entry.Key, entry.Value)))
        {
            ["DAPR_HTTP_ENDPOINT"] = sidecar.HttpEndpoint,
            ["DAPR_GRPC_ENDPOINT"] = sidecar.GrpcEndpoint,
        });
        builder.WebHost.UseUrls(sidecar.AppAddress.ToString());
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1_000; // All calls of the sidecar share one connection.
            kestrel.ConfigureEndpointDefaults(listen =>
                listen.Protocols = sidecar.AppProtocol == AppProtocol.Http ? HttpProtocols.Http1 : HttpProtocols.Http2);
        });
        return builder;
    }
}
