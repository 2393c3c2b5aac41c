using Grpc.AspNetCore.Server.Model;
using Grpc.Reflection;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NexusCart.Sidecar.Api;
using NexusCart.Sidecar.Api.Grpc;
using NexusCart.Sidecar.Api.Http;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Invocation;
using NexusCart.Sidecar.Metrics;
using NexusCart.Sidecar.Middleware;
using NexusCart.Sidecar.Tracing;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Hosting;

/// <summary>Builds the web server of a sidecar: two ports on loopback, one container, the middleware both protocols share.</summary>
internal static class SidecarServer
{
    private const int MaxStreamsPerConnection = 10_000;
    private const int HeaderAllowance = 32 << 10;

    public static WebApplication Build(Sidecar sidecar, AppChannel channel)
    {
        var options = sidecar.Options;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = options.AppId });
        var plain = new PriorKnowledge();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, sidecar, plain));
        builder.Services.AddSingleton<IConnectionListenerFactory>(plain);
        AddServices(builder.Services, sidecar, channel);

        var app = builder.Build();
        if (sidecar.Metrics is { } metrics)
            app.UseMetricsPort(options.MetricsPort!.Value, metrics);
        app.Use(OnGrpcPortOnlyGrpc(options));
        app.UseTracing(sidecar);
        app.UseApiToken(options);
        app.UseHttpApi(sidecar);
        app.Use(ThroughPipeline(options, app.Services.GetRequiredService<HttpPipelines>()));
        app.UseRouting();
        app.UseApiRules(sidecar);
        app.MapGrpcService<DaprApi>();
        app.MapGrpcService<ReflectionV1ServiceImpl>();
        app.MapHealth();
        app.MapBuildingBlocks();
        app.MapUnmatched(options);
        return app;
    }

    private static void Configure(KestrelServerOptions kestrel, Sidecar sidecar, PriorKnowledge plain)
    {
        var options = sidecar.Options;
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        // Each API family has its own answer to a large body, so the limit is kept where bodies are read.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MaxRequestHeadersTotalSize = Math.Max(HeaderAllowance, options.ReadBufferSize + 4096);
        kestrel.Limits.Http2.MaxStreamsPerConnection = MaxStreamsPerConnection;
        kestrel.Limits.Http2.InitialConnectionWindowSize = 4 << 20;
        kestrel.Limits.Http2.InitialStreamWindowSize = 1 << 20;
        plain.Listen(kestrel, options.HttpPort);
        kestrel.ListenLocalhost(options.GrpcPort, listen => listen.Protocols = HttpProtocols.Http2);
        if (sidecar.Metrics is not null)
            kestrel.ListenLocalhost(options.MetricsPort!.Value, listen => listen.Protocols = HttpProtocols.Http1);
    }

    private static void AddServices(IServiceCollection services, Sidecar sidecar, AppChannel channel)
    {
        services.AddSingleton(sidecar.Cluster.LoggersOf(sidecar.Options.Instance));
        services.AddLogging();
        services.AddSingleton(sidecar);
        services.AddSingleton(sidecar.Options);
        services.AddSingleton(sidecar.Cluster);
        services.AddSingleton(sidecar.Cluster.Time);
        services.AddSingleton(sidecar.Components);
        services.AddSingleton(sidecar.Resources);
        services.AddSingleton(sidecar.Resources.Configuration);
        services.AddSingleton(channel);
        services.AddSingleton<IAppChannel>(channel);
        services.AddSingleton<AppMonitor>();
        services.AddSingleton<HttpPipelines>();
        services.AddSingleton<IComponentListener>(provider => provider.GetRequiredService<HttpPipelines>());
        services.AddSingleton<SidecarStatus>();
        services.AddSingleton<IHostLifetime, NoLifetime>();
        services.AddRoutingCore();
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = sidecar.Options.MaxBodySize;
            grpc.MaxSendMessageSize = null;
            grpc.IgnoreUnknownServices = true;
            grpc.EnableDetailedErrors = true;
            grpc.Interceptors.Add<ErrorInterceptor>();
        });
        services.AddSingleton<ErrorInterceptor>();
        services.AddSingleton<GrpcProxy>();
        services.AddSingleton<DaprApi>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IServiceMethodProvider<DaprApi>, DaprApiMethodProvider>());
        services.AddSingleton(new ReflectionV1ServiceImpl(Rt.Dapr.Descriptor));
        services.AddBuildingBlocks();
    }

    private static Func<HttpContext, RequestDelegate, Task> OnGrpcPortOnlyGrpc(SidecarOptions options) => (context, next) =>
    {
        if (context.Connection.LocalPort != options.GrpcPort || context.IsGrpcCall())
            return next(context);
        context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
        return Task.CompletedTask;
    };

    private static Func<HttpContext, RequestDelegate, Task> ThroughPipeline(SidecarOptions options, HttpPipelines pipelines) =>
        (context, next) => context.Connection.LocalPort == options.GrpcPort ? next(context) : pipelines.ServeAsync(context, next);

    private static void MapUnmatched(this WebApplication app, SidecarOptions options)
    {
        var proxy = app.Services.GetRequiredService<GrpcProxy>();
        app.Map("/{**path}", (RequestDelegate)(context => context.Connection.LocalPort == options.GrpcPort
            ? proxy.HandleAsync(context)
            : UnmatchedHttp.HandleAsync(context))).WithOrder(int.MaxValue).WithMetadata(UnmatchedHttp.Marker);
    }

    /// <summary>The process decides when a sidecar ends, not the console.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
