using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Calls;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Events;
using NexusCart.Platform.Hosting;
using NexusCart.Platform.Security;

namespace NexusCart.Platform;

/// <summary>What every service shares. A service's Program.cs calls <see cref="AddNexusDefaults"/>, adds its own, builds,
/// calls <see cref="UseNexusDefaults"/> and maps its endpoints.</summary>
public static class NexusDefaults
{
    /// <summary>The largest request body and gRPC message, in bytes: what the sidecars on the way let through.</summary>
    public const int MaxRequestBytes = 4 * 1024 * 1024;

    /// <summary>
    /// Ports, gRPC with JSON transcoding, the Dapr client, tokens and policies, error mapping, health, telemetry.
    /// The ports come from the environment: APP_PORT (HTTP/2 cleartext), MANAGEMENT_PORT (HTTP/1.1).
    /// </summary>
    public static WebApplicationBuilder AddNexusDefaults(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;

        builder.WebHost.ConfigureKestrel((context, kestrel) => Listeners.Configure(kestrel, context.Configuration));
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(30));
        services.TryAddSingleton(TimeProvider.System);

        builder.AddLogging();
        builder.AddTelemetry();
        services.AddHealthChecks();
        services.AddRpc();
        services.AddSidecarClient();
        services.AddHostedService<EndpointAudit>();
        services.AddSecrets();
        services.AddTokens(builder.Environment.IsDevelopment());
        services.TryAddSingleton<ServiceTokenSource>();
        services.TryAddSingleton<EventPublisher>();
        services.TryAddSingleton<IPendingEventPublisher>(static provider => provider.GetRequiredService<EventPublisher>());
        return builder;
    }

    /// <summary>
    /// The request pipeline up to and including authorisation, and the endpoints that belong to no domain:
    /// health, the subscription list and, where actors are registered, the actor endpoints.
    /// </summary>
    /// <param name="app">The application.</param>
    /// <param name="beforeAuthorization">What goes between routing and authorisation; only the gateway has any.</param>
    public static WebApplication UseNexusDefaults(this WebApplication app, Action<IApplicationBuilder>? beforeAuthorization = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseManagement();
        app.UseProblems();
        app.UseRouting();
        app.UseSidecarOnly();
        beforeAuthorization?.Invoke(app);
        app.UseAuthorization();
        app.UseTranscodingProblems();
        app.UsePlainTopicHandlers();
        app.MapSidecarEndpoints();
        return app;
    }

    private static void MapSidecarEndpoints(this WebApplication app)
    {
        app.MapSubscribeHandler();
        if (app.Services.GetService<Dapr.Actors.Runtime.ActorRuntime>() is not null) app.MapActorsHandlers();
        // MapActorsHandlers answers the health path with every check, readiness included. The sidecar would then withhold the actors
        // from an app that needs them to become ready: ours goes first.
        app.MapHealthChecks(Management.HealthPath, Management.Liveness)
            .Add(endpoint => ((RouteEndpointBuilder)endpoint).Order = -1);
    }
}
