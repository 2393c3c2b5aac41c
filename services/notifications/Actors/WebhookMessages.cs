using Dapr.Actors;
using NexusCart.Notifications.Domain;

namespace NexusCart.Notifications.Actors;

/// <summary>Registers an endpoint, or changes it.</summary>
/// <param name="Url">Where to.</param>
/// <param name="EventTypes">What of.</param>
/// <param name="Description">For people.</param>
/// <param name="Secret">The secret of a new one.</param>
public sealed record PutEndpoint(string Url, IReadOnlyList<string> EventTypes, string Description, string Secret);

/// <summary>Makes a new secret the current one.</summary>
/// <param name="Key">Idempotency key.</param>
/// <param name="Secret">The new secret.</param>
/// <param name="Overlap">How long the old one still signs.</param>
public sealed record RotateSecret(string Key, string Secret, TimeSpan Overlap);

/// <summary>An endpoint without its log; null when there is none.</summary>
public sealed record EndpointAnswer(WebhookEndpoint? Endpoint);

/// <summary>Begins a delivery anew.</summary>
public sealed record ReplayDelivery(string DeliveryId, string Key);

/// <summary>Asks for deliveries, newest first.</summary>
/// <param name="Status">Only these; all when null.</param>
/// <param name="Skip">So many matching ones before the first.</param>
/// <param name="Limit">At most.</param>
public sealed record DeliveryQuery(DeliveryStatus? Status, int Skip, int Limit);

/// <summary>A delivery and its place in the log.</summary>
public sealed record DeliveryView(DeliveryEntry Entry, Delivery Delivery);

/// <summary>Deliveries; null when there is no such endpoint.</summary>
/// <param name="Deliveries">Newest first.</param>
/// <param name="HasMore">Whether there are older ones.</param>
public sealed record DeliveryPage(IReadOnlyList<DeliveryView>? Deliveries, bool HasMore);

/// <summary>One endpoint; the actor's id is the endpoint's.</summary>
public interface IWebhookEndpointActor : IActor
{
    /// <summary>Registers or changes it.</summary>
    Task<EndpointAnswer> PutAsync(PutEndpoint request);

    /// <summary>Reads it.</summary>
    Task<EndpointAnswer> ReadAsync();

    /// <summary>Makes a new secret.</summary>
    Task<EndpointAnswer> RotateAsync(RotateSecret request);

    /// <summary>Removes it and everything of it.</summary>
    Task RemoveAsync();

    /// <summary>Takes an event for delivery, once.</summary>
    Task EnqueueAsync(Delivery delivery);

    /// <summary>Notes what came of an attempt.</summary>
    Task RecordAsync(AttemptResult result);

    /// <summary>Begins a delivery anew; gives null parts when there is none.</summary>
    Task<DeliveryPage> ReplayAsync(ReplayDelivery request);

    /// <summary>Takes somebody who is to be forgotten out of what the log keeps, and of what comes later.</summary>
    Task ForgetAsync(Whom about);

    /// <summary>Reads the log.</summary>
    Task<DeliveryPage> ReadDeliveriesAsync(DeliveryQuery query);
}

/// <summary>What routes events to an endpoint.</summary>
/// <param name="EndpointId">The endpoint.</param>
/// <param name="EventTypes">What it wants.</param>
public sealed record RegisteredEndpoint(string EndpointId, IReadOnlyList<string> EventTypes);

/// <summary>The endpoints there are; one actor knows them.</summary>
public interface IWebhookRegistryActor : IActor
{
    /// <summary>All of them, by id.</summary>
    Task<List<RegisteredEndpoint>> ReadAsync();

    /// <summary>Adds or changes one; false when there are too many.</summary>
    Task<bool> PutAsync(RegisteredEndpoint endpoint);

    /// <summary>Removes one.</summary>
    Task RemoveAsync(string endpointId);
}
