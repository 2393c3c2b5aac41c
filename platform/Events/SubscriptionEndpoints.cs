using System.Text.Json;
using Dapr;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace NexusCart.Platform.Events;

/// <summary>Subscribes a service to topics.</summary>
public static partial class SubscriptionEndpoints
{
    /// <summary>
    /// How long a handler may take. Brokers hand an event to somebody else when nobody has acknowledged it for a while: the shortest
    /// while of the profiles is 30 s, and the retries of one delivery come out of it.
    /// </summary>
    internal static readonly TimeSpan HandlerLimit = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Subscribes to a topic, with a dead-letter topic named after it ("orders-dead"). What a handler refuses is delivered again
    /// as the profile's resiliency says, then dead-lettered; what cannot be read at all is dead-lettered at once.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="topic">The topic: "orders".</param>
    /// <param name="configure">Adds the handlers.</param>
    /// <param name="pubsub">The component: one replica gets each event, or with <see cref="Components.Broadcast"/> every replica.</param>
    public static IEndpointConventionBuilder MapSubscription(
        this IEndpointRouteBuilder endpoints, string topic, Action<Subscription> configure, string pubsub = Components.PubSub)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(configure);
        var subscription = new Subscription();
        configure(subscription);
        var logger = endpoints.ServiceProvider.GetRequiredService<ILoggerFactory>().CreateLogger("NexusCart.Platform.Events");
        Delivery delivery = new(
            subscription.Handler, static envelope => envelope.TryGetProperty("data", out var data) ? data : default, new SeenEvents(), logger);

        return endpoints
            .MapPost($"/events/{pubsub}/{topic}", (RequestDelegate)(context => DeliverAsync(context, delivery)))
            .WithTopic(new TopicOptions { PubsubName = pubsub, Name = topic, DeadLetterTopic = DeadLetterTopic(topic) })
            .WithMetadata(new ReadsEnvelope(), subscription);
    }

    /// <summary>
    /// Subscribes to the dead-letter topic of a topic. Unlike other events a dead letter with a known id is news: it was replayed, and
    /// refused again. The handler must be idempotent; what it refuses is dead-lettered in turn ("orders-dead-dead"), where nobody reads it.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="topic">The topic whose dead letters are meant: "orders".</param>
    /// <param name="handler">What to do.</param>
    public static IEndpointConventionBuilder MapDeadLetters(
        this IEndpointRouteBuilder endpoints, string topic, Func<RefusedEvent, EventContext, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(handler);
        var dead = DeadLetterTopic(topic);
        var logger = endpoints.ServiceProvider.GetRequiredService<ILoggerFactory>().CreateLogger("NexusCart.Platform.Events");
        Delivery delivery = new(
            _ => (envelope, context) => handler(new RefusedEvent(topic, envelope), context), static envelope => envelope, Seen: null, logger);
        return endpoints
            .MapPost($"/events/{Components.PubSub}/{dead}", (RequestDelegate)(context => DeliverAsync(context, delivery)))
            .WithTopic(new TopicOptions { PubsubName = Components.PubSub, Name = dead, DeadLetterTopic = DeadLetterTopic(dead) })
            .WithMetadata(new ReadsEnvelope());
    }

    /// <summary>Unwraps CloudEvents for handlers that take the payload alone, as Dapr's own samples do.</summary>
    internal static void UsePlainTopicHandlers(this WebApplication app) => app.UseWhen(
        static context => context.GetEndpoint()?.Metadata is { } metadata
            && metadata.GetMetadata<ITopicMetadata>() is not null && metadata.GetMetadata<ReadsEnvelope>() is null,
        static branch => branch.UseCloudEvents());

    /// <summary>Where what a topic's subscribers refuse ends up.</summary>
    public static string DeadLetterTopic(string topic) => topic + "-dead";

    private static async Task DeliverAsync(HttpContext http, Delivery delivery)
    {
        var logger = delivery.Logger;
        using var envelope = await ReadAsync(http);
        if (envelope is null || Text(envelope.RootElement, "id") is not { Length: > 0 } id || Text(envelope.RootElement, "type") is not { } type)
        {
            LogUnreadable(logger, http.Request.Path);
            await AnswerAsync(http, "DROP");
            return;
        }

        if (delivery.HandlerOf(type) is { } handler && delivery.Seen?.Contains(id) is not true)
        {
            try
            {
                await HandleAsync(handler, id, type, envelope.RootElement, delivery.PartOf(envelope.RootElement), http);
            }
            catch (JsonException fault)
            {
                LogPoison(logger, type, id, fault);
                await AnswerAsync(http, "DROP");
                return;
            }
            catch (Exception fault) when (!http.RequestAborted.IsCancellationRequested)
            {
                LogRetry(logger, type, id, fault);
                await AnswerAsync(http, "RETRY");
                return;
            }
            delivery.Seen?.Add(id);
        }
        await AnswerAsync(http, "SUCCESS");
    }

    private static async Task HandleAsync(
        Func<JsonElement, EventContext, Task> handler, string id, string type, JsonElement envelope, JsonElement part, HttpContext http)
    {
        var time = http.RequestServices.GetRequiredService<TimeProvider>();
        using var limit = new CancellationTokenSource(HandlerLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, http.RequestAborted);
        var context = new EventContext(
            id, type, Text(envelope, "source") ?? "", Text(envelope, "subject") ?? "", http.RequestServices, either.Token);
        // Its own copy: a handler that does not heed its token goes on after the delivery has ended.
        var data = part.ValueKind is JsonValueKind.Undefined ? default : part.Clone();
        try
        {
            await handler(data, context).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !http.RequestAborted.IsCancellationRequested)
        {
            throw new TimeoutException($"The handler took longer than {HandlerLimit.TotalSeconds} s.");
        }
    }

    private static async Task<JsonDocument?> ReadAsync(HttpContext http)
    {
        try
        {
            var document = await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
            document.Dispose();
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static Task AnswerAsync(HttpContext http, string status)
    {
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync($$"""{"status":"{{status}}"}""");
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} was sent something that is no CloudEvent; dead-lettered")]
    private static partial void LogUnreadable(ILogger logger, string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "Event {Type} {Id} cannot be read; dead-lettered")]
    private static partial void LogPoison(ILogger logger, string type, string id, Exception fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Event {Type} {Id} was not handled; it will be delivered again")]
    private static partial void LogRetry(ILogger logger, string type, string id, Exception fault);

    /// <summary>How the events of a subscription are handled.</summary>
    /// <param name="HandlerOf">The handler of an event type; null where there is none.</param>
    /// <param name="PartOf">What of the event the handler gets.</param>
    /// <param name="Seen">The events that need not be handled again; null where each delivery counts.</param>
    /// <param name="Logger">Where refusals are logged.</param>
    private sealed record Delivery(
        Func<string, Func<JsonElement, EventContext, Task>?> HandlerOf, Func<JsonElement, JsonElement> PartOf, SeenEvents? Seen, ILogger Logger);

    /// <summary>Marks endpoints that read the whole event, not its payload alone.</summary>
    private sealed class ReadsEnvelope;
}
