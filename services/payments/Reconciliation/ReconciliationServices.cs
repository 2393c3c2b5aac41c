using Microsoft.AspNetCore.Mvc;
using NexusCart.Payments.Providers;
using NexusCart.Platform.Errors;

namespace NexusCart.Payments.Reconciliation;

/// <summary>Registers the reconciliation and its job.</summary>
public static class ReconciliationServices
{
    /// <summary>Adds the reconciliation, and the service that has it scheduled.</summary>
    public static WebApplicationBuilder AddReconciliation(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddHttpClient();
        builder.Services.AddSingleton(ReconcilerOptions.From(builder.Configuration));
        builder.Services.AddSingleton<PaymentCheck>();
        builder.Services.AddSingleton<Reconciler>();
        builder.Services.AddHostedService<ReconcileJob>();
        return builder;
    }

    /// <summary>Adds the route that the scheduler calls.</summary>
    public static void MapReconcileJob(this IEndpointRouteBuilder routes) => routes.MapPost($"/job/{ReconcileJob.Name}", RunAsync).AllowAnonymous();

    private static async Task RunAsync(HttpContext http, [FromServices] Reconciler reconciler)
    {
        try
        {
            await reconciler.RunAsync(http.RequestAborted);
        }
        catch (Exception away) when (away is Grpc.Core.RpcException or OutcomeUnknownException)
        {
            await new Problem(StatusCodes.Status503ServiceUnavailable, "The payments could not be read; run it again.").WriteAsync(http);
        }
    }
}
