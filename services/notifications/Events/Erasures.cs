using System.Text.Json;
using NexusCart.Notifications.Actors;
using NexusCart.Notifications.Api;
using NexusCart.Notifications.Domain;
using NexusCart.Notifications.Webhooks;
using NexusCart.Platform.Events;

namespace NexusCart.Notifications.Events;

/// <summary>What notifications reads of <c>user.erased.v1</c>.</summary>
public sealed record ErasedUser(string UserId);

/// <summary>What notifications reads of <c>order.contact_erased.v1</c>.</summary>
public sealed record ErasedOrder(string OrderId);

/// <summary>
/// Drops addresses and what people wrote from what is kept of events: the bodies in the logs of webhooks, and dead letters. Mails themselves
/// are not kept. Webhooks are told first, so that receivers can do the same.
/// </summary>
public static class Erasures
{
    /// <summary>An account was erased: its own events. Those of its orders follow as the orders are closed.</summary>
    internal static Subscription OnErasedUsers(this Subscription users) => users.On(
        "user.erased.v1", NotificationsJson.Default.JsonElement, (data, context) => ForgetAsync(data, context, Redaction.OfUser), NotificationsJson.Default.ErasedUser);

    /// <summary>An order no longer says who its customer was.</summary>
    internal static Subscription OnErasedOrders(this Subscription orders) => orders.On(
        "order.contact_erased.v1", NotificationsJson.Default.JsonElement, (data, context) => ForgetAsync(data, context, Redaction.OfOrder), NotificationsJson.Default.ErasedOrder);

    private static async Task ForgetAsync(JsonElement data, EventContext context, string member)
    {
        var id = data.TryGetProperty(member, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString()! : throw new JsonException($"The event has no {member}.");
        await WebhookEvents.HandleAsync(data, context);
        var whom = new Whom(member, id);
        await context.Services.GetRequiredService<WebhookDesk>().ForgetAsync(whom, context.CancellationToken);
        await context.Services.GetRequiredService<DeadLetterDesk>().ForgetAsync(whom, context.CancellationToken);
    }
}
