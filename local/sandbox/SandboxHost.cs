using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using NexusCart.Sandbox.Control;
using NexusCart.Sandbox.Http;
using NexusCart.Sandbox.Idempotency;
using NexusCart.Sandbox.PayPal.Http;
using NexusCart.Sandbox.PayPal.Storage;
using NexusCart.Sandbox.PayPal.Webhooks;
using NexusCart.Sandbox.Storage;
using NexusCart.Sandbox.Webhooks;

namespace NexusCart.Sandbox;

/// <summary>Puts the sandbox together; tests start it in their own process.</summary>
public static class SandboxHost
{
    /// <summary>Builds the program from environment variables and arguments.</summary>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        return Build(builder, SandboxOptions.From(builder.Configuration));
    }

    /// <summary>Builds the program with given options. It watches no settings file: many tests start many of these.</summary>
    public static WebApplication Build(SandboxOptions options) => Build(WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]), options);

    private static WebApplication Build(WebApplicationBuilder builder, SandboxOptions options)
    {
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options));
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower);
        AddSandbox(builder.Services, options);

        var app = builder.Build();
        app.MapGet("/healthz", () => Results.NoContent());
        app.MapGet("/readyz", () => Results.NoContent());
        app.MapPaymentIntents();
        app.MapRefunds();
        app.MapWallets();
        app.MapSetupIntents();
        app.MapDisputes();
        app.MapEvents();
        app.MapThreeDSecure();
        app.MapPayPalOrders();
        app.MapPayPalPayments();
        app.MapPayPalNotifications();
        app.MapPayPalApproval();
        app.MapControl();
        app.Map("/v2/{**rest}", (HttpContext http, PayPalExecutor api) => api.UnknownAsync(http));
        app.Map("/v1/{**rest}", (HttpContext http, ApiExecutor api) => api.UnknownAsync(http));
        return app;
    }

    private static void AddSandbox(IServiceCollection services, SandboxOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<ShiftableClock>();
        services.AddSingleton<TimeProvider>(provider => provider.GetRequiredService<ShiftableClock>());
        services.AddSingleton<Ledger>();
        services.AddSingleton<IdempotencyGate>();
        services.AddSingleton<FaultBox>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<ApiAuthentication>();
        services.AddSingleton<PublicAddress>();
        services.AddSingleton<StripeObjectJson>();
        services.AddSingleton<StripeJson>();
        services.AddSingleton<ApiExecutor>();
        services.AddSingleton<WebhookEndpoints>();
        services.AddSingleton<WebhookFaults>();
        services.AddSingleton<IWebhookSource, StripeWebhookSource>();
        AddPayPal(services);
        services.AddSingleton<WebhookDispatcher>();
        services.AddHostedService(provider => provider.GetRequiredService<WebhookDispatcher>());
        services.AddSingleton<Housekeeping>();
        services.AddHostedService(provider => provider.GetRequiredService<Housekeeping>());
    }

    private static void AddPayPal(IServiceCollection services)
    {
        services.AddSingleton<PayPalLedger>();
        services.AddSingleton<PayPalBook>();
        services.AddSingleton<PayPalJson>();
        services.AddSingleton<PayPalTokens>();
        services.AddSingleton<PayPalExecutor>();
        services.AddSingleton<PayPalSigner>();
        services.AddSingleton<IWebhookSource, PayPalWebhookSource>();
    }

    private static void Listen(KestrelServerOptions kestrel, SandboxOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = 1 << 20;
        // Money over plain HTTP: never beyond this machine.
        kestrel.Listen(IPAddress.Loopback, options.Port, listen => listen.Protocols = HttpProtocols.Http1);
        if (options.ManagementPort is { } port)
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http1);
    }
}
