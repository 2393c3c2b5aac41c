using System.Text.Json;
using NexusCart.Notifications.Actors;
using NexusCart.Notifications.Webhooks;
using NexusCart.Platform.Events;

namespace NexusCart.Notifications.Events;

/// <summary>Tells webhooks what happens. Products and stock change too often for that: who follows them subscribes to their topics.</summary>
public static class WebhookEvents
{
    private static readonly string[] Topics = ["payments", "carts", "promotions"];

    /// <summary>Subscribes to what no mail is written about.</summary>
    public static void MapWebhookEvents(this IEndpointRouteBuilder endpoints)
    {
        foreach (var topic in Topics)
            endpoints.MapSubscription(topic, events => events.OnOthers(NotificationsJson.Default.JsonElement, HandleAsync));
    }

    /// <summary>Handles one event; idempotent by its id.</summary>
    public static Task HandleAsync(JsonElement data, EventContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Services.GetRequiredService<WebhookDesk>().TakeAsync(data, context);
    }
}
