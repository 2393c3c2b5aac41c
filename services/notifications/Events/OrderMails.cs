using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NexusCart.Notifications.Actors;
using NexusCart.Notifications.Domain;
using NexusCart.Notifications.Mail;
using NexusCart.Notifications.Webhooks;
using NexusCart.Platform.Events;

namespace NexusCart.Notifications.Events;

/// <summary>What mails read of an order that was placed or paid.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Email">Where to write; what was published before events said so has none.</param>
/// <param name="Lines">What was bought.</param>
/// <param name="TotalMinorUnits">What it costs.</param>
/// <param name="Currency">ISO 4217.</param>
public sealed record OrderNews(string OrderId, string? Email, IReadOnlyList<OrderNewsLine> Lines, long TotalMinorUnits, string Currency);

/// <summary>A line of an order in its events.</summary>
public sealed record OrderNewsLine(string Title, int Quantity, long UnitPriceMinorUnits);

/// <summary>What mails read of an order that was cancelled.</summary>
public sealed record CancellationNews(string OrderId, string? Email, string Reason);

/// <summary>Writes to customers about their orders, and tells webhooks.</summary>
public static class OrderMails
{
    /// <summary>Topic of everything that happens to orders.</summary>
    public const string Topic = "orders";

    /// <summary>Subscribes.</summary>
    public static void MapOrderMails(this IEndpointRouteBuilder endpoints) => endpoints.MapSubscription(Topic, orders =>
    {
        orders.OnMail("order.placed.v1", NotificationsJson.Default.OrderNews, (news, options) => Order(MailKind.OrderPlaced, news, options));
        orders.OnMail("order.paid.v1", NotificationsJson.Default.OrderNews, (news, options) => Order(MailKind.OrderPaid, news, options));
        orders.OnMail("order.cancelled.v1", NotificationsJson.Default.CancellationNews, (news, options) => new MailOrder(
            MailKind.OrderCancelled,
            news.Email ?? "",
            Facts(news.OrderId, options, ("reason", news.Reason.Replace('_', ' '))),
            []));
        orders.OnOthers(NotificationsJson.Default.JsonElement, WebhookEvents.HandleAsync);
    });

    /// <summary>Tells webhooks of an event, and writes the mail it asks for.</summary>
    internal static void OnMail<T>(
        this Subscription subscription, string type, JsonTypeInfo<T> json, Func<T, NotificationsOptions, MailOrder> mailOf) =>
        subscription.On(type, NotificationsJson.Default.JsonElement, async (data, context) =>
        {
            var news = data.Deserialize(json) ?? throw new JsonException("The event has no data.");
            await WebhookEvents.HandleAsync(data, context);
            var mail = mailOf(news, context.Services.GetRequiredService<NotificationsOptions>());
            await context.Services.GetRequiredService<MailDesk>().SendOnceAsync(context.Id, mail, context.CancellationToken);
        });

    private static MailOrder Order(MailKind kind, OrderNews news, NotificationsOptions options) => new(
        kind,
        news.Email ?? "",
        Facts(news.OrderId, options, ("total", MailDesk.Amount(news.TotalMinorUnits, news.Currency))),
        [.. news.Lines.Select(line => new MailLine(line.Title, line.Quantity, MailDesk.Amount(line.UnitPriceMinorUnits * line.Quantity, news.Currency)))]);

    private static Dictionary<string, string> Facts(string orderId, NotificationsOptions options, params ReadOnlySpan<(string Name, string Value)> more)
    {
        var facts = new Dictionary<string, string> { ["order"] = orderId, ["link"] = options.OrderLink(orderId) };
        foreach (var (name, value) in more)
            facts[name] = value;
        return facts;
    }
}
