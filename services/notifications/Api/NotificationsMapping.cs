using Google.Protobuf.WellKnownTypes;
using NexusCart.Notifications.Actors;
using NexusCart.Notifications.Domain;
using NexusCart.Notifications.V1;
using Wire = NexusCart.Notifications.V1;

namespace NexusCart.Notifications.Api;

/// <summary>Between actors and the contract.</summary>
internal static class NotificationsMapping
{
    /// <summary>An endpoint, with its current secret for whoever just made it.</summary>
    public static Wire.WebhookEndpoint ToMessage(this Domain.WebhookEndpoint endpoint, string id, bool withSecret)
    {
        var message = new Wire.WebhookEndpoint
        {
            EndpointId = id,
            Url = endpoint.Url,
            Description = endpoint.Description,
            Enabled = endpoint.IsEnabled,
            DisabledReason = endpoint.DisabledReason,
            FailuresInARow = endpoint.FailuresInARow,
            Secret = withSecret ? endpoint.Secrets[0].Text : "",
            OldSecretExpiresAt = endpoint.Secrets is [_, { ExpiresAt: { } end }] ? Timestamp.FromDateTimeOffset(end) : null,
            CreatedAt = Timestamp.FromDateTimeOffset(endpoint.CreatedAt),
            UpdatedAt = Timestamp.FromDateTimeOffset(endpoint.UpdatedAt),
        };
        message.EventTypes.AddRange(endpoint.EventTypes);
        return message;
    }

    /// <summary>A delivery with its attempts.</summary>
    public static WebhookDelivery ToMessage(this DeliveryView view)
    {
        var message = new WebhookDelivery
        {
            DeliveryId = view.Entry.Id,
            EventType = view.Delivery.Type,
            Status = (WebhookDeliveryStatus)((int)view.Entry.Status + 1),
            CreatedAt = Timestamp.FromDateTimeOffset(view.Delivery.CreatedAt),
            NextAttemptAt = view.Entry is { Status: DeliveryStatus.Pending, InFlight: false } ? Timestamp.FromDateTimeOffset(view.Entry.DueAt) : null,
            AttemptCount = view.Delivery.AttemptCount,
        };
        message.Attempts.AddRange(view.Delivery.Attempts.Select(attempt => new Wire.WebhookAttempt
        {
            At = Timestamp.FromDateTimeOffset(attempt.At),
            LatencyMs = attempt.LatencyMs,
            StatusCode = attempt.StatusCode,
            Error = attempt.Error,
        }));
        return message;
    }

    /// <summary>A dead letter; its payload without what is secret.</summary>
    public static Wire.DeadLetter ToMessage(this Domain.DeadLetter letter, string id, bool withPayload) => new()
    {
        DeadLetterId = id,
        Topic = letter.Event.Topic,
        EventId = letter.Event.EventId,
        EventType = letter.Event.Type,
        Source = letter.Event.Source,
        Subject = letter.Event.Subject,
        Status = (Wire.DeadLetterStatus)((int)letter.Status + 1),
        Times = letter.Times,
        FirstSeenAt = Timestamp.FromDateTimeOffset(letter.FirstSeenAt),
        LastSeenAt = Timestamp.FromDateTimeOffset(letter.LastSeenAt),
        Replays = letter.Replays,
        HandledBy = letter.HandledBy,
        HandledAt = letter.HandledAt is { } at ? Timestamp.FromDateTimeOffset(at) : null,
        Reason = letter.Reason,
        Payload = withPayload && letter.Event.Envelope.TryGetProperty("data", out var data) ? Redaction.Apply(data) : "",
    };
}
