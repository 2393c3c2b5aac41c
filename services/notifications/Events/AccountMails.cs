using NexusCart.Notifications.Actors;
using NexusCart.Notifications.Domain;
using NexusCart.Notifications.Mail;
using NexusCart.Notifications.Webhooks;
using NexusCart.Platform.Events;

namespace NexusCart.Notifications.Events;

/// <summary>What mails read of a ticket's event. The ticket opens the account: it goes into the mail and nowhere else.</summary>
public sealed record TicketNews(string Email, string DisplayName, string Ticket, DateTimeOffset ExpiresAt);

/// <summary>What mails read of an account's event.</summary>
public sealed record AccountNews(string Email, string DisplayName);

/// <summary>Writes to people about their accounts, and tells webhooks; of tickets it tells nobody else.</summary>
public static class AccountMails
{
    /// <summary>Topic of everything that happens to accounts.</summary>
    public const string Topic = "users";

    /// <summary>Events that hold a ticket, by the mail that carries it.</summary>
    public static IReadOnlyDictionary<string, MailKind> Tickets { get; } = new Dictionary<string, MailKind>
    {
        ["user.verification_requested.v1"] = MailKind.VerifyEmail,
        ["user.password_reset_requested.v1"] = MailKind.ResetPassword,
    };

    private const string PasswordChanged = "user.password_changed.v1";

    /// <summary>Subscribes.</summary>
    public static void MapAccountMails(this IEndpointRouteBuilder endpoints) => endpoints.MapSubscription(Topic, users =>
    {
        foreach (var (type, kind) in Tickets)
            users.On(type, NotificationsJson.Default.TicketNews, (news, context) => SendTicketAsync(kind, news, context));
        users.OnMail(PasswordChanged, NotificationsJson.Default.AccountNews, (news, _) => new MailOrder(
            MailKind.PasswordChanged, news.Email, new Dictionary<string, string> { ["name"] = news.DisplayName }, []));
        users.OnErasedUsers();
        users.OnOthers(NotificationsJson.Default.JsonElement, WebhookEvents.HandleAsync);
    });

    private static Task SendTicketAsync(MailKind kind, TicketNews news, EventContext context)
    {
        // Replayed after its time it would only annoy.
        if (news.ExpiresAt <= context.Services.GetRequiredService<TimeProvider>().GetUtcNow())
            return Task.CompletedTask;
        var facts = new Dictionary<string, string>
        {
            ["name"] = news.DisplayName,
            ["until"] = MailDesk.Time(news.ExpiresAt),
            ["link"] = context.Services.GetRequiredService<NotificationsOptions>().TicketLink(kind, news.Ticket),
        };
        return context.Services.GetRequiredService<MailDesk>().SendOnceAsync(
            context.Id, new MailOrder(kind, news.Email, facts, []), context.CancellationToken);
    }
}
