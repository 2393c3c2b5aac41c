using NexusCart.Notifications;
using NexusCart.Notifications.Api;
using NexusCart.Notifications.Events;
using NexusCart.Platform;

var builder = WebApplication.CreateBuilder(args);
builder.AddNexusDefaults();
builder.AddNotifications();

var app = builder.Build();
app.UseNexusDefaults();
app.MapGrpcService<NotificationsService>();
app.MapOrderMails();
app.MapAccountMails();
app.MapWebhookEvents();
app.MapDeadLetters();
app.Run();
