using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace NexusCart.Platform.Hosting;

/// <summary>Logs, metrics and traces.</summary>
internal static class Telemetry
{
    /// <summary>Meters and activity sources of the shop are named NexusCart.Something.</summary>
    private const string OwnSources = "NexusCart.*";

    /// <summary>One line per record in development, JSON elsewhere; the frameworks speak only when something is wrong.</summary>
    public static void AddLogging(this WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        if (builder.Environment.IsDevelopment())
            builder.Logging.AddSimpleConsole(console => { console.SingleLine = true; console.TimestampFormat = "HH:mm:ss.fff "; });
        else
            builder.Logging.AddJsonConsole();

        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        // Not being ready is an answer on /readyz, not an error each time somebody asks.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Critical);
        builder.Logging.AddFilter("System.Net.Http", LogLevel.Warning);
        builder.Logging.AddFilter("Grpc", LogLevel.Warning);
        builder.Logging.AddFilter("Yarp", LogLevel.Warning);
        // Refused tokens are answered, counted and expected; they are no news.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Authentication", LogLevel.Error);
    }

    /// <summary>Metrics for Prometheus always; traces and metrics by OTLP where OTEL_EXPORTER_OTLP_ENDPOINT says where to.</summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var exports = !string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        var service = builder.Configuration["APP_ID"] ?? builder.Environment.ApplicationName;

        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(service, serviceNamespace: "nexuscart"))
            .WithMetrics(metrics =>
            {
                metrics.AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddRuntimeInstrumentation();
                metrics.AddMeter(OwnSources).AddPrometheusExporter();
                if (exports) metrics.AddOtlpExporter();
            });
        if (!exports) return; // A span nobody collects is pure cost.

        telemetry.WithTracing(traces => traces
            .AddAspNetCoreInstrumentation(http => http.Filter = static context => context.Listener() != ListenerRole.Management)
            .AddHttpClientInstrumentation()
            .AddGrpcClientInstrumentation()
            .AddSource(OwnSources)
            .AddOtlpExporter());
    }
}
