using NexusCart.Gateway.Entrance;
using NexusCart.Gateway.Limits;
using NexusCart.Gateway.Live;
using NexusCart.Gateway.OpenApi;
using NexusCart.Gateway.Pages;
using NexusCart.Gateway.Proxy;
using NexusCart.Gateway.Reflection;
using NexusCart.Gateway.Tokens;
using NexusCart.Platform;
using Yarp.ReverseProxy.Transforms.Builder;

namespace NexusCart.Gateway;

/// <summary>Puts the gateway together; tests start it in their own process.</summary>
internal static class GatewayApp
{
    public static void AddGateway(this WebApplicationBuilder builder)
    {
        builder.AddPublicPorts();
        builder.AddDevelopmentIssuer();
        builder.Services.AddPublicReflection();
        builder.AddPageCache();
        builder.AddFlashSaleStream();
        builder.Services.AddSingleton<ITransformProvider, ProxyTransforms>();
        builder.Services.AddReverseProxy().LoadFromMemory(ProxyRoutes.Routes, ProxyRoutes.Clusters(builder.Configuration));
    }

    public static void UseGateway(this WebApplication app)
    {
        var limits = RateLimits.From(app.Configuration);
        app.UseNexusDefaults(entrance =>
        {
            entrance.UseMiddleware<EntranceMiddleware>();
            entrance.UseMiddleware<DoorMiddleware>();
            entrance.UseGrpcWeb(new GrpcWebOptions { DefaultEnabled = true });
            entrance.UseEntranceLimits(limits);
            entrance.UseShedding(limits);
        });
        app.UseClientLimit(limits);
        app.UseMiddleware<KeyCheckMiddleware>();
        app.UseOutputCache();

        app.MapPages();
        app.MapPageEvents();
        app.MapOpenApiDocument();
        app.MapDevelopmentIssuer();
        app.MapPublicReflection();
        app.MapFlashSaleStream();
        app.MapReverseProxy(proxy => proxy.UseUpstreamFailures());
    }
}
