using System.Text.Json;
using System.Text.Json.Serialization;
using NexusCart.Notifications.Domain;
using NexusCart.Notifications.Events;
using NexusCart.Notifications.Webhooks;
using NexusCart.Platform.Actors;

namespace NexusCart.Notifications.Actors;

/// <summary>How mails, webhooks and dead letters are written in actor calls and state, and how events are read.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SentMail))]
[JsonSerializable(typeof(ShardCommand<MailCommand>[]))]
[JsonSerializable(typeof(ShardReply<MailAnswer>[]))]
[JsonSerializable(typeof(DeadLetter))]
[JsonSerializable(typeof(ShardPage<DeadLetter>))]
[JsonSerializable(typeof(ShardCommand<DeadLetterCommand>[]))]
[JsonSerializable(typeof(ShardReply<DeadLetterAnswer>[]))]
[JsonSerializable(typeof(WebhookEndpoint))]
[JsonSerializable(typeof(Delivery))]
[JsonSerializable(typeof(PutEndpoint))]
[JsonSerializable(typeof(RotateSecret))]
[JsonSerializable(typeof(EndpointAnswer))]
[JsonSerializable(typeof(Delivery))]
[JsonSerializable(typeof(ReplayDelivery))]
[JsonSerializable(typeof(AttemptResult))]
[JsonSerializable(typeof(DeliveryQuery))]
[JsonSerializable(typeof(DeliveryPage))]
[JsonSerializable(typeof(DeliveryView))]
[JsonSerializable(typeof(RegisteredEndpoint))]
[JsonSerializable(typeof(List<RegisteredEndpoint>))]
[JsonSerializable(typeof(WebhookBody))]
[JsonSerializable(typeof(OrderNews))]
[JsonSerializable(typeof(PaidOrderNews))]
[JsonSerializable(typeof(ErasedUser))]
[JsonSerializable(typeof(ErasedOrder))]
[JsonSerializable(typeof(Whom))]
[JsonSerializable(typeof(CancellationNews))]
[JsonSerializable(typeof(ShipmentNews))]
[JsonSerializable(typeof(RefundNews))]
[JsonSerializable(typeof(RevocationNews))]
[JsonSerializable(typeof(ReturnNews))]
[JsonSerializable(typeof(TicketNews))]
[JsonSerializable(typeof(AccountNews))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(bool))]
public sealed partial class NotificationsJson : JsonSerializerContext;
