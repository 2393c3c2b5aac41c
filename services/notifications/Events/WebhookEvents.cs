using System.Text.Json;
using NexusCart.Notifications.Actors;
using NexusCart.Notifications.Webhooks;
using NexusCart.Platform.Events;

namespace NexusCart.Notifications.Events;

/// <summary>Tells webhooks what happens.</summary>
public static class WebhookEvents
{
    /// <summary>Subscribes to what no mail is written about.</summary>
    public static void MapWebhookEvents(this IEndpointRouteBuilder endpoints)
    {
        foreach (var topic in endpoints.ServiceProvider.GetRequiredService<NotificationsOptions>().OtherTopics)
            endpoints.MapSubscription(topic, events => events.OnOthers(NotificationsJson.Default.JsonElement, HandleAsync));
    }

    /// <summary>Whether events of a type come here: types begin with their aggregate, topics are named for it.</summary>
    public static bool IsOffered(string type, NotificationsOptions options)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(options);
        var aggregate = type.Split('.')[0];
        return options.OtherTopics.Concat([OrderMails.Topic, AccountMails.Topic]).Any(topic => topic.TrimEnd('s') == aggregate);
    }

    /// <summary>Handles one event; idempotent by its id.</summary>
    public static Task HandleAsync(JsonElement data, EventContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Services.GetRequiredService<WebhookDesk>().TakeAsync(data, context);
    }
}
