using System.Diagnostics.CodeAnalysis;
using NexusCart.Sidecar.Configuration;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>The HTTP face of <see cref="ConfigurationService"/>.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the container.")]
internal sealed class ConfigurationEndpoints(ConfigurationService configuration, ConfigurationAppSender app)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var stage in (ReadOnlySpan<string>)["v1.0", "v1.0-alpha1"])
        {
            var root = $"/{stage}/configuration/{{store}}";
            routes.MapGet(root, (RequestDelegate)GetAsync);
            routes.MapGet(root + "/subscribe", (RequestDelegate)SubscribeAsync);
            routes.MapGet(root + "/{id}/unsubscribe", (RequestDelegate)UnsubscribeAsync);
        }
    }

    private async Task GetAsync(HttpContext context)
    {
        var items = await configuration.GetAsync(
            context.PathValue("store"), KeysOf(context), HttpApi.MetadataOf(context.Request), context.RequestAborted);
        await (items.Count == 0 ? context.Response.NoContentAsync() : context.Response.JsonAsync(ConfigurationJson.Of(items)));
    }

    private async Task SubscribeAsync(HttpContext context)
    {
        var store = context.PathValue("store");
        var subscription = await configuration.SubscribeAsync(
            store, KeysOf(context), HttpApi.MetadataOf(context.Request), context.RequestAborted);
        _ = subscription.PumpAsync((id, changes, cancellation) => app.SendAsync(store, id, changes, cancellation));
        await context.Response.JsonAsync(new { id = subscription.Id });
    }

    private async Task UnsubscribeAsync(HttpContext context)
    {
        var store = context.PathValue("store");
        var id = context.PathValue("id");
        configuration.Require(store);
        if (await configuration.UnsubscribeAsync(store, id))
            await context.Response.JsonAsync(new { ok = true });
        else
            await context.Response.JsonAsync(
                new { message = ConfigurationErrors.Unsubscribe(id, $"subscription with id {id} does not exist") },
                StatusCodes.Status500InternalServerError);
    }

    private static string[] KeysOf(HttpContext context) => [.. context.Request.Query["key"].OfType<string>()];
}
