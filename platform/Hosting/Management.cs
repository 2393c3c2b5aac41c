using System.Text.Json;
using Dapr.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace NexusCart.Platform.Hosting;

/// <summary>The management port: /healthz (the process answers), /readyz (it can do its work), /metrics (Prometheus).</summary>
public static class Management
{
    internal const string HealthPath = "/healthz";

    /// <summary>Liveness asks nothing but the process itself: a broken store must not get it restarted.</summary>
    internal static HealthCheckOptions Liveness { get; } = new() { Predicate = static _ => false };

    /// <summary>Readiness asks every registered check.</summary>
    private static HealthCheckOptions Readiness { get; } = new()
    {
        ResponseWriter = WriteReportAsync,
    };

    /// <summary>Adds a condition to /readyz. The check should answer within two seconds; an exception counts as not ready.</summary>
    /// <param name="services">The service collection.</param>
    /// <param name="name">What is checked, for people: "catalog index".</param>
    /// <param name="check">True when ready.</param>
    public static IServiceCollection AddReadiness(
        this IServiceCollection services, string name, Func<IServiceProvider, CancellationToken, ValueTask<bool>> check)
    {
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            name, provider => new DelegateCheck(provider, check), HealthStatus.Unhealthy, null, TimeSpan.FromSeconds(2)));
        return services;
    }

    /// <summary>
    /// Has /readyz read from the state store, once however often this is called: a sidecar calls itself healthy while its store is away.
    /// </summary>
    internal static void AddStateStoreReadiness(this IServiceCollection services)
    {
        if (services.Any(static service => service.ServiceType == typeof(StateStoreProbe)))
            return;
        services.AddSingleton<StateStoreProbe>();
        services.AddReadiness(Components.StateStore, static (provider, cancellation) =>
            provider.GetRequiredService<StateStoreProbe>().AnswersAsync(cancellation));
    }

    internal static void UseManagement(this WebApplication app) =>
        app.MapWhen(static context => context.Listener() == ListenerRole.Management, static branch =>
        {
            branch.UseHealthChecks(HealthPath, Liveness);
            branch.UseHealthChecks("/readyz", Readiness);
            branch.UseOpenTelemetryPrometheusScrapingEndpoint("/metrics");
            branch.Run(static context =>
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            });
        });

    private static async Task WriteReportAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteBoolean("ready", report.Status == HealthStatus.Healthy);
        json.WriteStartObject("checks");
        foreach (var (name, entry) in report.Entries) json.WriteBoolean(name, entry.Status == HealthStatus.Healthy);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Reads a key that nobody writes: that it is not there is an answer too.</summary>
    private sealed class StateStoreProbe(DaprClient dapr, IConfiguration configuration)
    {
        public async ValueTask<bool> AnswersAsync(CancellationToken cancellation)
        {
            await dapr.GetStateAsync<string?>(Components.StateStoreOf(configuration), "readiness", cancellationToken: cancellation);
            return true;
        }
    }

    private sealed class DelegateCheck(
        IServiceProvider provider, Func<IServiceProvider, CancellationToken, ValueTask<bool>> check) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            await check(provider, cancellationToken) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy();
    }
}
