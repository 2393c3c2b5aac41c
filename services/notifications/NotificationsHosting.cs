using NexusCart.Notifications.Actors;
using NexusCart.Notifications.Api;
using NexusCart.Notifications.Domain;
using NexusCart.Notifications.Mail;
using NexusCart.Notifications.Webhooks;
using NexusCart.Platform;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Calls;

namespace NexusCart.Notifications;

/// <summary>Puts notifications together.</summary>
internal static class NotificationsHosting
{
    private const int MailShards = 8;

    // Dead letters are whole events, of which a page has to fit into one answer.
    private const int DeadLetterShards = 1;

    /// <summary>Well below the time that a handler has.</summary>
    private static readonly TimeSpan OrdersDeadline = TimeSpan.FromSeconds(3);

    public static WebApplicationBuilder AddNotifications(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection("Notifications").Get<NotificationsOptions>() ?? new NotificationsOptions();
        var services = builder.Services;
        services.AddSingleton(options);
        services.AddAggregateShards<MailShardActor, SentMail, MailCommand, MailAnswer>(
            NotificationsJson.Default, new AggregateShardOptions { ShardCount = MailShards });
        services.AddAggregateShards<DeadLetterActor, DeadLetter, DeadLetterCommand, DeadLetterAnswer>(
            NotificationsJson.Default, new AggregateShardOptions { ShardCount = DeadLetterShards }, new ActorBatcherOptions { MaxBatchSize = 4 });
        services.AddSingleton(new TemplateShelf(options.Locale));
        services.AddSingleton<MailOutlet>();
        services.AddSingleton<MailDesk>();
        services.AddSingleton<ClaimLinks>();
        builder.AddServiceClient<Orders.V1.Orders.OrdersClient>(AppIds.Orders, OrdersDeadline);

        services.AddSingleton<DeadLetterDesk>();

        services.AddActor<WebhookEndpointActor>(NotificationsJson.Default);
        services.AddActor<WebhookRegistryActor>(NotificationsJson.Default);
        services.AddSingleton<WebhookActors>();
        services.AddSingleton<WebhookDesk>();
        services.AddSingleton(new WebhookClient(publicOnly: !builder.Environment.IsDevelopment()));
        services.AddSingleton<IWebhookSender, WebhookSender>();
        return builder;
    }
}
