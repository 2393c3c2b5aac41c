using Microsoft.AspNetCore.Server.Kestrel.Core;
using NexusCart.Platform.Hosting;

namespace NexusCart.Gateway.Entrance;

/// <summary>The ports the world sees: PUBLIC_HTTP_PORT (HTTP/1.1, default 8080) and PUBLIC_GRPC_PORT (HTTP/2 cleartext, default 8081).</summary>
internal static class PublicPorts
{
    public static void AddPublicPorts(this WebApplicationBuilder builder) => builder.WebHost.ConfigureKestrel((context, kestrel) =>
    {
        kestrel.Open(Listeners.Port(context.Configuration, "PUBLIC_HTTP_PORT") ?? 8080, ListenerRole.PublicHttp, HttpProtocols.Http1);
        kestrel.Open(Listeners.Port(context.Configuration, "PUBLIC_GRPC_PORT") ?? 8081, ListenerRole.PublicGrpc, HttpProtocols.Http2);
    });

    public static bool IsPublic(this HttpContext context) => context.Listener() is ListenerRole.PublicHttp or ListenerRole.PublicGrpc;
}
