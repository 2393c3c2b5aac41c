using NexusCart.Notifications.Domain;

namespace NexusCart.Notifications;

/// <summary>Configuration section <c>Notifications</c>.</summary>
public sealed class NotificationsOptions
{
    /// <summary>Whom mails come from.</summary>
    public string MailFrom { get; set; } = "shop@nexuscart.example";

    /// <summary>The language of mails: the name of a folder of templates.</summary>
    public string Locale { get; set; } = "en";

    /// <summary>Where people see the shop: links in mails begin with it.</summary>
    public Uri PublicUrl { get; set; } = new("http://127.0.0.1:8080/");

    /// <summary>The pause after the first attempt of a webhook that failed; each further one is twice as long.</summary>
    public TimeSpan WebhookFirstPause { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest pause between attempts.</summary>
    public TimeSpan WebhookLongestPause { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Attempts before a delivery is given up: with the pauses above some four hours.</summary>
    public int WebhookMaxAttempts { get; set; } = 14;

    /// <summary>Attempts in a row that fail before an endpoint is disabled.</summary>
    public int WebhookDisableAfter { get; set; } = 20;

    /// <summary>How often endpoints with something pending look at the clock: pauses end that precisely.</summary>
    public TimeSpan WebhookTick { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The topics offered to webhooks besides <c>orders</c> and <c>users</c>, with spaces between. What is left out is not subscribed to.</summary>
    public string WebhookTopics { get; set; } = "payments carts promotions products stock";

    /// <summary>How long deliveries stay in the log after they came or were begun anew.</summary>
    public TimeSpan WebhookRetention { get; set; } = TimeSpan.FromDays(14);

    /// <summary>Most deliveries in an endpoint's log, 1 to 1,000.</summary>
    public int WebhookMaxLog { get; set; } = WebhookEndpoint.MaxLog;

    /// <summary><see cref="WebhookTopics"/> as a list.</summary>
    public IReadOnlyList<string> OtherTopics => WebhookTopics.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>How patient webhooks are.</summary>
    public WebhookSchedule Schedule => new(WebhookFirstPause, WebhookLongestPause, WebhookMaxAttempts, WebhookDisableAfter);

    /// <summary>Where a customer sees an order.</summary>
    public string OrderLink(string orderId) => new Uri(PublicUrl, $"orders/{Uri.EscapeDataString(orderId)}").ToString();

    /// <summary>Where a guest's order is claimed by an account.</summary>
    public string ClaimLink(string orderId, string token) =>
        new Uri(PublicUrl, $"orders/{Uri.EscapeDataString(orderId)}/claim?token={Uri.EscapeDataString(token)}").AbsoluteUri;

    /// <summary>Where a ticket is redeemed.</summary>
    public string TicketLink(MailKind kind, string ticket) => new Uri(
        PublicUrl,
        $"account/{(kind is MailKind.VerifyEmail ? "verify" : "reset-password")}?ticket={Uri.EscapeDataString(ticket)}").AbsoluteUri;
}
