using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;

namespace NexusCart.Platform.Hosting;

/// <summary>What a port is for. Kestrel marks each connection with it, so that no request can pretend.</summary>
public enum ListenerRole
{
    /// <summary>What the sidecar calls: gRPC, transcoded JSON, events, actors, jobs.</summary>
    App,

    /// <summary>Health and metrics for whoever runs the shop.</summary>
    Management,

    /// <summary>Browsers and other HTTP clients, at the gateway.</summary>
    PublicHttp,

    /// <summary>gRPC clients, at the gateway.</summary>
    PublicGrpc,
}

/// <summary>Opens the ports of a service.</summary>
public static class Listeners
{
    // Dapr multiplexes every call of an app over one connection; with Kestrel's default of 100 it is refused under load.
    private const int MaxStreams = 4096;

    /// <summary>Opens APP_PORT as HTTP/2 cleartext and, when it is set, MANAGEMENT_PORT as HTTP/1.1. Port 0 lets the
    /// kernel choose (tests).</summary>
    /// <exception cref="InvalidOperationException">APP_PORT is missing, or a port is no port number.</exception>
    internal static void Configure(KestrelServerOptions kestrel, IConfiguration configuration)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = NexusDefaults.MaxRequestBytes;
        kestrel.Limits.Http2.MaxStreamsPerConnection = MaxStreams;
        kestrel.Limits.Http2.InitialConnectionWindowSize = 4 * 1024 * 1024;
        kestrel.Limits.Http2.InitialStreamWindowSize = 1024 * 1024;

        var appPort = Port(configuration, "APP_PORT")
            ?? throw new InvalidOperationException(
                "APP_PORT is not set. Services are started by their sidecar: dotnet run --project local/sidecar -- run -f dapr.yaml");
        kestrel.Open(appPort, ListenerRole.App, HttpProtocols.Http2);
        if (Port(configuration, "MANAGEMENT_PORT") is { } managementPort)
            kestrel.Open(managementPort, ListenerRole.Management, HttpProtocols.Http1);
    }

    /// <summary>Opens a port on both loopback addresses, or on all of them where BIND_ANY is "true" (containers).</summary>
    public static void Open(this KestrelServerOptions kestrel, int port, ListenerRole role, HttpProtocols protocols)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        var everywhere = string.Equals(Environment.GetEnvironmentVariable("BIND_ANY"), "true", StringComparison.OrdinalIgnoreCase);
        if (everywhere) kestrel.ListenAnyIP(port, Mark);
        else if (port == 0) kestrel.Listen(IPAddress.Loopback, 0, Mark);
        else kestrel.ListenLocalhost(port, Mark);

        void Mark(ListenOptions listen)
        {
            listen.Protocols = protocols;
            var feature = new ListenerFeature(role);
            listen.Use(next => connection =>
            {
                connection.Features.Set(feature);
                return next(connection);
            });
        }
    }

    /// <summary>A port number from configuration, null where it is not set.</summary>
    /// <exception cref="InvalidOperationException">The value is no number from 0 to 65,535.</exception>
    public static int? Port(IConfiguration configuration, string name)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var text = configuration[name];
        if (string.IsNullOrEmpty(text)) return null;
        return ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? port
            : throw new InvalidOperationException($"{name} is '{text}', which is no port number (0 to 65535).");
    }

    /// <summary>The port a request came in by; <see cref="ListenerRole.App"/> where nothing says otherwise.</summary>
    public static ListenerRole Listener(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<ListenerFeature>()?.Role ?? ListenerRole.App;
    }

    private sealed record ListenerFeature(ListenerRole Role);
}
