using NexusCart.Sidecar.Secrets;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>Secrets over HTTP.</summary>
internal static class SecretsEndpoints
{
    /// <summary>Maps the routes.</summary>
    public static void MapSecrets(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1.0/secrets/{store}/bulk", (RequestDelegate)BulkAsync);
        routes.MapGet("/v1.0/secrets/{store}/{key}", (RequestDelegate)GetAsync);
    }

    private static async Task GetAsync(HttpContext context)
    {
        var secrets = context.RequestServices.GetRequiredService<SecretService>();
        await context.Response.JsonAsync(await secrets.GetAsync(context.PathValue("store"), context.PathValue("key"), context.RequestAborted));
    }

    private static async Task BulkAsync(HttpContext context)
    {
        var secrets = context.RequestServices.GetRequiredService<SecretService>();
        await context.Response.JsonAsync(await secrets.GetAllAsync(context.PathValue("store"), context.RequestAborted));
    }
}
