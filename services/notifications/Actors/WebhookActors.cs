using Dapr.Actors;
using Dapr.Actors.Client;
using NexusCart.Notifications.Domain;
using NexusCart.Platform.Errors;

namespace NexusCart.Notifications.Actors;

/// <summary>Calls the actors of webhooks, with a deadline.</summary>
public sealed class WebhookActors(IActorProxyFactory proxies, ILogger<WebhookActors> logger)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>The endpoints there are.</summary>
    public Task<List<RegisteredEndpoint>> RegisteredAsync(CancellationToken cancellationToken) => GuardAsync(
        token => Registry.InvokeMethodAsync<List<RegisteredEndpoint>>(nameof(IWebhookRegistryActor.ReadAsync), token), cancellationToken);

    /// <summary>Registers an endpoint or changes it; null when there are too many. Repeated after a failure, it completes what was begun.</summary>
    public async Task<WebhookEndpoint?> PutAsync(string endpointId, PutEndpoint request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var isRegistered = await GuardAsync(
            token => Registry.InvokeMethodAsync<RegisteredEndpoint, bool>(
                nameof(IWebhookRegistryActor.PutAsync), new RegisteredEndpoint(endpointId, request.EventTypes), token), cancellationToken);
        if (!isRegistered)
            return null;
        return (await GuardAsync(
            token => Endpoint(endpointId).InvokeMethodAsync<PutEndpoint, EndpointAnswer>(nameof(IWebhookEndpointActor.PutAsync), request, token),
            cancellationToken)).Endpoint;
    }

    /// <summary>An endpoint without its log; null when there is none.</summary>
    public async Task<WebhookEndpoint?> ReadAsync(string endpointId, CancellationToken cancellationToken) => (await GuardAsync(
        token => Endpoint(endpointId).InvokeMethodAsync<EndpointAnswer>(nameof(IWebhookEndpointActor.ReadAsync), token), cancellationToken)).Endpoint;

    /// <summary>Makes a new secret; null when there is no such endpoint.</summary>
    public async Task<WebhookEndpoint?> RotateAsync(string endpointId, RotateSecret request, CancellationToken cancellationToken) => (await GuardAsync(
        token => Endpoint(endpointId).InvokeMethodAsync<RotateSecret, EndpointAnswer>(nameof(IWebhookEndpointActor.RotateAsync), request, token),
        cancellationToken)).Endpoint;

    /// <summary>Removes an endpoint. Repeated after a failure, it completes what was begun.</summary>
    public async Task RemoveAsync(string endpointId, CancellationToken cancellationToken)
    {
        await GuardAsync(token => Endpoint(endpointId).InvokeMethodAsync(nameof(IWebhookEndpointActor.RemoveAsync), token), cancellationToken);
        await GuardAsync(token => Registry.InvokeMethodAsync(nameof(IWebhookRegistryActor.RemoveAsync), endpointId, token), cancellationToken);
    }

    /// <summary>Gives an endpoint an event to deliver.</summary>
    public Task EnqueueAsync(string endpointId, Delivery delivery, CancellationToken cancellationToken) => GuardAsync(
        token => Endpoint(endpointId).InvokeMethodAsync(nameof(IWebhookEndpointActor.EnqueueAsync), delivery, token), cancellationToken);

    /// <summary>Begins a delivery anew; null when there is none.</summary>
    public async Task<DeliveryView?> ReplayAsync(string endpointId, ReplayDelivery request, CancellationToken cancellationToken) => (await GuardAsync(
        token => Endpoint(endpointId).InvokeMethodAsync<ReplayDelivery, DeliveryPage>(nameof(IWebhookEndpointActor.ReplayAsync), request, token),
        cancellationToken)).Deliveries?.Single();

    /// <summary>Takes somebody who is to be forgotten out of an endpoint's log.</summary>
    public Task ForgetAsync(string endpointId, Whom about, CancellationToken cancellationToken) => GuardAsync(
        token => Endpoint(endpointId).InvokeMethodAsync(nameof(IWebhookEndpointActor.ForgetAsync), about, token), cancellationToken);

    /// <summary>A page of an endpoint's log.</summary>
    public Task<DeliveryPage> DeliveriesAsync(string endpointId, DeliveryQuery query, CancellationToken cancellationToken) => GuardAsync(
        token => Endpoint(endpointId).InvokeMethodAsync<DeliveryQuery, DeliveryPage>(nameof(IWebhookEndpointActor.ReadDeliveriesAsync), query, token),
        cancellationToken);

    private ActorProxy Registry => proxies.Create(new ActorId(WebhookRegistryActor.OnlyId), nameof(WebhookRegistryActor));

    private ActorProxy Endpoint(string id) => proxies.Create(new ActorId(id), nameof(WebhookEndpointActor));

    private Task<bool> GuardAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken) => GuardAsync(
        async token =>
        {
            await call(token);
            return true;
        },
        cancellationToken);

    private async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Deadline);
        try
        {
            return await call(deadline.Token).WaitAsync(deadline.Token);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogWarning(failure, "A webhook actor did not answer");
            throw Refusal.Unavailable("The webhooks did not answer; the outcome is unknown. Repeat the request.");
        }
    }
}
