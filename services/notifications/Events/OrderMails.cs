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

/// <summary>What the confirmation of a paid order reads besides.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Email">Where to write; what was published before events said so has none.</param>
/// <param name="Lines">What was bought.</param>
/// <param name="TotalMinorUnits">What it costs.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="IsGuest">Whether somebody without an account bought it.</param>
public sealed record PaidOrderNews(
    string OrderId, string? Email, IReadOnlyList<OrderNewsLine> Lines, long TotalMinorUnits, string Currency, bool IsGuest);

/// <summary>A line of an order in its events.</summary>
public sealed record OrderNewsLine(string Title, int Quantity, long UnitPriceMinorUnits);

/// <summary>What mails read of an order that was cancelled.</summary>
public sealed record CancellationNews(string OrderId, string? Email, string Reason);

/// <summary>Units in what happens to an order after it was paid.</summary>
public sealed record UnitNews(string Sku, int Quantity);

/// <summary>What mails read of a parcel.</summary>
public sealed record ShipmentNews(string OrderId, string? Email, IReadOnlyList<UnitNews>? Lines, string? Carrier, string? TrackingNumber);

/// <summary>What mails read of a refund.</summary>
public sealed record RefundNews(string OrderId, string? Email, long AmountMinorUnits, string Currency);

/// <summary>What mails read of units that were cancelled after they were paid.</summary>
public sealed record RevocationNews(string OrderId, string? Email, IReadOnlyList<UnitNews>? Lines, string? Reason);

/// <summary>What mails read of a return.</summary>
public sealed record ReturnNews(string OrderId, string? Email, string ReturnId, string Status, string? Decision);

/// <summary>Writes to customers about their orders, and tells webhooks.</summary>
public static class OrderMails
{
    /// <summary>Topic of everything that happens to orders.</summary>
    public const string Topic = "orders";

    /// <summary>Subscribes.</summary>
    public static void MapOrderMails(this IEndpointRouteBuilder endpoints) => endpoints.MapSubscription(Topic, orders =>
    {
        orders.OnMail("order.placed.v1", NotificationsJson.Default.OrderNews, (news, options) => Order(MailKind.OrderPlaced, news, options));
        orders.OnMail("order.paid.v1", NotificationsJson.Default.PaidOrderNews, PaidAsync);
        orders.OnMail("order.cancelled.v1", NotificationsJson.Default.CancellationNews, (news, options) => new MailOrder(
            MailKind.OrderCancelled,
            news.Email ?? "",
            Facts(news.OrderId, options, ("reason", news.Reason.Replace('_', ' '))),
            []));
        orders.OnMail("order.shipment_shipped.v1", NotificationsJson.Default.ShipmentNews, (news, options) => new MailOrder(
            MailKind.OrderShipped,
            news.Email ?? "",
            Facts(news.OrderId, options, ("carrier", news.Carrier ?? ""), ("tracking", news.TrackingNumber ?? "")),
            Units(news.Lines)));
        orders.OnMail("order.refunded.v1", NotificationsJson.Default.RefundNews, (news, options) => new MailOrder(
            MailKind.OrderRefunded,
            news.Email ?? "",
            Facts(news.OrderId, options, ("amount", MailDesk.Amount(news.AmountMinorUnits, news.Currency))),
            []));
        orders.OnMail("order.revoked.v1", NotificationsJson.Default.RevocationNews, (news, options) => new MailOrder(
            MailKind.OrderRevoked,
            news.Email ?? "",
            Facts(news.OrderId, options, ("reason", (news.Reason ?? "").Replace('_', ' '))),
            Units(news.Lines)));
        // Each status has a sentence of its own in the template, which the return's id makes appear.
        orders.OnMail("order.return_changed.v1", NotificationsJson.Default.ReturnNews, (news, options) => new MailOrder(
            MailKind.ReturnChanged,
            news.Email ?? "",
            Facts(news.OrderId, options, (news.Status, news.ReturnId), ("decision", news.Decision ?? "")),
            []));
        orders.OnErasedOrders();
        orders.OnOthers(NotificationsJson.Default.JsonElement, WebhookEvents.HandleAsync);
    });

    /// <summary>Tells webhooks of an event, and writes the mail it asks for.</summary>
    internal static void OnMail<T>(
        this Subscription subscription, string type, JsonTypeInfo<T> json, Func<T, NotificationsOptions, MailOrder> mailOf) =>
        subscription.OnMail(type, json, (news, context) => Task.FromResult(mailOf(news, context.Services.GetRequiredService<NotificationsOptions>())));

    private static void OnMail<T>(
        this Subscription subscription, string type, JsonTypeInfo<T> json, Func<T, EventContext, Task<MailOrder>> mailOf) =>
        subscription.On(
            type,
            NotificationsJson.Default.JsonElement,
            async (data, context) =>
            {
                var news = data.Deserialize(json) ?? throw new JsonException("The event has no data.");
                await WebhookEvents.HandleAsync(data, context);
                await context.Services.GetRequiredService<MailDesk>().SendOnceAsync(context.Id, await mailOf(news, context), context.CancellationToken);
            },
            json);

    private static async Task<MailOrder> PaidAsync(PaidOrderNews paid, EventContext context)
    {
        var news = new OrderNews(paid.OrderId, paid.Email, paid.Lines, paid.TotalMinorUnits, paid.Currency);
        var mail = Order(MailKind.OrderPaid, news, context.Services.GetRequiredService<NotificationsOptions>());
        if (!paid.IsGuest)
            return mail;
        var claim = await context.Services.GetRequiredService<ClaimLinks>().FactsAsync(paid.OrderId, context.CancellationToken);
        return mail with { Facts = mail.Facts.Concat(claim).ToDictionary(StringComparer.Ordinal) };
    }

    private static MailOrder Order(MailKind kind, OrderNews news, NotificationsOptions options) => new(
        kind,
        news.Email ?? "",
        Facts(news.OrderId, options, ("total", MailDesk.Amount(news.TotalMinorUnits, news.Currency))),
        [.. news.Lines.Select(line => new MailLine(line.Title, line.Quantity, MailDesk.Amount(line.UnitPriceMinorUnits * line.Quantity, news.Currency)))]);

    private static List<MailLine> Units(IReadOnlyList<UnitNews>? units) => [.. (units ?? []).Select(unit => new MailLine(unit.Sku, unit.Quantity, ""))];

    private static Dictionary<string, string> Facts(string orderId, NotificationsOptions options, params ReadOnlySpan<(string Name, string Value)> more)
    {
        var facts = new Dictionary<string, string> { ["order"] = orderId, ["link"] = options.OrderLink(orderId) };
        foreach (var (name, value) in more)
            facts[name] = value;
        return facts;
    }
}
