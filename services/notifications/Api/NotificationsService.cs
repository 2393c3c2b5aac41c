using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using NexusCart.Notifications.Actors;
using NexusCart.Notifications.Domain;
using NexusCart.Notifications.Events;
using NexusCart.Notifications.V1;
using NexusCart.Notifications.Webhooks;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Idempotency;
using NexusCart.Platform.Security;
using NexusCart.Platform.Values;
using WebhookEndpoint = NexusCart.Notifications.V1.WebhookEndpoint;

namespace NexusCart.Notifications.Api;

/// <summary>The contract of protos/nexuscart/notifications/v1: validates, calls, maps.</summary>
public sealed partial class NotificationsService(WebhookActors webhooks, DeadLetterDesk deadLetters, NotificationsOptions options, IHostEnvironment environment)
    : V1.Notifications.NotificationsBase
{
    private const int DefaultPageSize = 20;
    private const int MaxPageSize = 100;
    private const int MaxDescription = 200;
    private const int MaxOverlapHours = 168;
    private const int MaxDeliveryId = 200;

    /// <inheritdoc/>
    [Authorize(Policies.WebhooksWrite)]
    public override async Task<WebhookEndpoint> PutWebhookEndpoint(PutWebhookEndpointRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.CheckId(request.EndpointId, "endpointId");
        if (PublicAddress.Refusal(request.Url, publicOnly: !environment.IsDevelopment()) is { } refusal)
            violations.Add("url", refusal);
        violations.Check(
            request.EventTypes.Count is >= 1 and <= Domain.WebhookEndpoint.MaxEventTypes && request.EventTypes.Distinct().Count() == request.EventTypes.Count,
            "eventTypes", $"must be 1 to {Domain.WebhookEndpoint.MaxEventTypes} different ones");
        for (var i = 0; i < Math.Min(request.EventTypes.Count, Domain.WebhookEndpoint.MaxEventTypes); i++)
        {
            var type = request.EventTypes[i];
            violations.Check(EventType().IsMatch(type) && !AccountMails.Tickets.ContainsKey(type), $"eventTypes[{i}]", "must be the type of an event without a secret, like order.paid.v1");
            violations.Check(
                !EventType().IsMatch(type) || WebhookEvents.IsOffered(type, options), $"eventTypes[{i}]", "is of a topic that this shop does not offer to webhooks");
        }

        violations.Check(request.Description.Length <= MaxDescription && !request.Description.Any(char.IsControl), "description", $"must be up to {MaxDescription} characters");
        violations.ThrowIfAny();

        var put = new PutEndpoint(request.Url, [.. request.EventTypes], request.Description, NewSecret());
        var endpoint = await webhooks.PutAsync(request.EndpointId, put, context.CancellationToken)
            ?? throw Refusal.Precondition("too_many_endpoints", $"There are {WebhookRegistryActor.MaxEndpoints} endpoints, which are all there may be.");
        return endpoint.ToMessage(request.EndpointId, withSecret: true);
    }

    /// <inheritdoc/>
    [Authorize(Policies.WebhooksWrite)]
    public override async Task<ListWebhookEndpointsResponse> ListWebhookEndpoints(ListWebhookEndpointsRequest request, ServerCallContext context)
    {
        var answer = new ListWebhookEndpointsResponse();
        foreach (var registered in await webhooks.RegisteredAsync(context.CancellationToken))
        {
            if (await webhooks.ReadAsync(registered.EndpointId, context.CancellationToken) is { } endpoint)
                answer.Endpoints.Add(endpoint.ToMessage(registered.EndpointId, withSecret: false));
        }

        return answer;
    }

    /// <inheritdoc/>
    [Authorize(Policies.WebhooksWrite)]
    public override async Task<RemoveWebhookEndpointResponse> RemoveWebhookEndpoint(RemoveWebhookEndpointRequest request, ServerCallContext context)
    {
        CheckEndpoint(request.EndpointId);
        await webhooks.RemoveAsync(request.EndpointId, context.CancellationToken);
        return new RemoveWebhookEndpointResponse();
    }

    /// <inheritdoc/>
    [Authorize(Policies.WebhooksWrite)]
    public override async Task<WebhookEndpoint> RotateWebhookSecret(RotateWebhookSecretRequest request, ServerCallContext context)
    {
        var key = context.RequireIdempotencyKey();
        var violations = new Violations();
        violations.CheckId(request.EndpointId, "endpointId");
        violations.Check(request.OverlapHours is >= 0 and <= MaxOverlapHours, "overlapHours", $"must be 0 to {MaxOverlapHours}");
        violations.ThrowIfAny();
        var rotate = new RotateSecret(key, NewSecret(), TimeSpan.FromHours(request.OverlapHours));
        var endpoint = await webhooks.RotateAsync(request.EndpointId, rotate, context.CancellationToken)
            ?? throw Refusal.NotFound("webhook endpoint", request.EndpointId);
        return endpoint.ToMessage(request.EndpointId, withSecret: true);
    }

    /// <inheritdoc/>
    [Authorize(Policies.WebhooksWrite)]
    public override async Task<ListWebhookDeliveriesResponse> ListWebhookDeliveries(ListWebhookDeliveriesRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.CheckId(request.EndpointId, "endpointId");
        var (limit, skip) = CheckPage(violations, request.PageSize, request.PageToken);
        violations.Check(Enum.IsDefined(request.Status), "status", "must be one of the statuses, or unspecified for all");
        violations.ThrowIfAny();
        DeliveryStatus? status = request.Status is WebhookDeliveryStatus.Unspecified ? null : (DeliveryStatus)(request.Status - 1);
        var page = await webhooks.DeliveriesAsync(request.EndpointId, new DeliveryQuery(status, skip, limit), context.CancellationToken);
        if (page.Deliveries is null)
            throw Refusal.NotFound("webhook endpoint", request.EndpointId);
        var answer = new ListWebhookDeliveriesResponse
        {
            NextPageToken = page.HasMore ? (skip + limit).ToString(CultureInfo.InvariantCulture) : "",
        };
        answer.Deliveries.AddRange(page.Deliveries.Select(NotificationsMapping.ToMessage));
        return answer;
    }

    /// <inheritdoc/>
    [Authorize(Policies.WebhooksWrite)]
    public override async Task<WebhookDelivery> ReplayWebhookDelivery(ReplayWebhookDeliveryRequest request, ServerCallContext context)
    {
        var key = context.RequireIdempotencyKey();
        var violations = new Violations();
        violations.CheckId(request.EndpointId, "endpointId");
        violations.Check(request.DeliveryId.Length is >= 1 and <= MaxDeliveryId, "deliveryId", $"must be 1 to {MaxDeliveryId} characters");
        violations.ThrowIfAny();
        var view = await webhooks.ReplayAsync(request.EndpointId, new ReplayDelivery(request.DeliveryId, key), context.CancellationToken)
            ?? throw Refusal.NotFound("webhook delivery", request.DeliveryId);
        return view.ToMessage();
    }

    /// <inheritdoc/>
    [Authorize(Policies.DeadLettersWrite)]
    public override async Task<ListDeadLettersResponse> ListDeadLetters(ListDeadLettersRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var (limit, _) = CheckPage(violations, request.PageSize, request.PageToken);
        violations.Check(request.Topic.Length == 0 || DeadLetters.Topics.Contains(request.Topic), "topic", $"must be one of {string.Join(", ", DeadLetters.Topics)}, or empty for all");
        violations.Check(request.EventType.Length == 0 || EventType().IsMatch(request.EventType), "eventType", "must be like order.paid.v1, or empty for all");
        violations.Check(Enum.IsDefined(request.Status), "status", "must be one of the statuses, or unspecified for all");
        violations.ThrowIfAny();
        return await deadLetters.ListAsync(request, limit, context.CancellationToken);
    }

    /// <inheritdoc/>
    [Authorize(Policies.DeadLettersWrite)]
    public override async Task<V1.DeadLetter> GetDeadLetter(GetDeadLetterRequest request, ServerCallContext context) =>
        (await deadLetters.DoAsync(request.DeadLetterId, new DeadLetterCommand(), context.CancellationToken)).ToMessage(request.DeadLetterId, withPayload: true);

    /// <inheritdoc/>
    [Authorize(Policies.DeadLettersWrite)]
    public override async Task<V1.DeadLetter> ReplayDeadLetter(ReplayDeadLetterRequest request, ServerCallContext context) => (await deadLetters.DoAsync(
        request.DeadLetterId, new DeadLetterCommand(Replay: true, By: context.CustomerId()), context.CancellationToken)).ToMessage(request.DeadLetterId, withPayload: false);

    /// <inheritdoc/>
    [Authorize(Policies.DeadLettersWrite)]
    public override async Task<V1.DeadLetter> DiscardDeadLetter(DiscardDeadLetterRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.Check(
            !string.IsNullOrWhiteSpace(request.Reason) && request.Reason.Length <= Domain.DeadLetter.MaxReason && !request.Reason.Any(char.IsControl),
            "reason", $"must be 1 to {Domain.DeadLetter.MaxReason} characters");
        violations.ThrowIfAny();
        var command = new DeadLetterCommand(DiscardReason: request.Reason, By: context.CustomerId());
        return (await deadLetters.DoAsync(request.DeadLetterId, command, context.CancellationToken)).ToMessage(request.DeadLetterId, withPayload: false);
    }

    private static void CheckEndpoint(string endpointId)
    {
        var violations = new Violations();
        violations.CheckId(endpointId, "endpointId");
        violations.ThrowIfAny();
    }

    private static (int Limit, int Skip) CheckPage(Violations violations, int size, string token)
    {
        violations.Check(size is >= 0 and <= MaxPageSize, "pageSize", $"must be 1 to {MaxPageSize}, or 0 for {DefaultPageSize}");
        var skip = 0;
        violations.Check(
            token.Length == 0 || int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out skip),
            "pageToken", "must be the nextPageToken of the page before");
        return (size == 0 ? DefaultPageSize : size, skip);
    }

    private static string NewSecret() => WebhookSignature.SecretOf(RandomNumberGenerator.GetBytes(WebhookSignature.SecretBytes));

    [GeneratedRegex(@"^[a-z]{1,32}\.[a-z_]{1,48}\.v[1-9][0-9]?\z", RegexOptions.CultureInvariant)]
    private static partial Regex EventType();
}
