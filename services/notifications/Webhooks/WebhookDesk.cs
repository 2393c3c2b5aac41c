using System.Text.Json;
using NexusCart.Notifications.Actors;
using NexusCart.Notifications.Domain;
using NexusCart.Platform.Events;

namespace NexusCart.Notifications.Webhooks;

/// <summary>What a webhook's body holds.</summary>
/// <param name="Type">CloudEvents type.</param>
/// <param name="Timestamp">When the event came here.</param>
/// <param name="Data">The event's data.</param>
public sealed record WebhookBody(string Type, DateTimeOffset Timestamp, JsonElement Data);

/// <summary>
/// Gives events to the endpoints that want them. Which do is read from the registry at most once in two seconds: a new endpoint gets what
/// happens from then on.
/// </summary>
public sealed class WebhookDesk(WebhookActors actors, TimeProvider time)
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(2);
    private readonly Lock _sync = new();
    private Task<List<RegisteredEndpoint>> _registered = Task.FromResult(new List<RegisteredEndpoint>());
    private long? _readAt;

    /// <summary>Puts an event into the log of every endpoint that wants it; returns when it is there.</summary>
    public async Task TakeAsync(JsonElement data, EventContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var wanting = (await EndpointsAsync(context.CancellationToken)).Where(endpoint => endpoint.EventTypes.Contains(context.Type)).ToList();
        if (wanting.Count == 0)
            return;
        var now = time.GetUtcNow();
        var body = JsonSerializer.Serialize(new WebhookBody(context.Type, now, data), NotificationsJson.Default.WebhookBody);
        foreach (var endpoint in wanting)
        {
            await actors.EnqueueAsync(
                endpoint.EndpointId, new Delivery(context.Id, context.Type, body, now, [], 0), context.CancellationToken);
        }
    }

    /// <summary>Takes somebody who is to be forgotten out of the logs of all endpoints.</summary>
    public async Task ForgetAsync(Whom about, CancellationToken cancellationToken)
    {
        foreach (var endpoint in await actors.RegisteredAsync(cancellationToken))
            await actors.ForgetAsync(endpoint.EndpointId, about, cancellationToken);
    }

    private Task<List<RegisteredEndpoint>> EndpointsAsync(CancellationToken cancellationToken)
    {
        lock (_sync)
        {
            var isFresh = _readAt is { } at && time.GetElapsedTime(at) < Freshness && !_registered.IsFaulted && !_registered.IsCanceled;
            if (!isFresh)
            {
                _readAt = time.GetTimestamp();
                // Shared by whoever comes meanwhile: no one delivery's end may end it.
                _registered = actors.RegisteredAsync(CancellationToken.None);
            }

            return _registered.WaitAsync(cancellationToken);
        }
    }
}
