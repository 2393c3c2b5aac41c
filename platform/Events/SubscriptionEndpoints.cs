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
        var seen = new SeenEvents();
        var logger = endpoints.ServiceProvider.GetRequiredService<ILoggerFactory>().CreateLogger("NexusCart.Platform.Events");

        return endpoints
            .MapPost($"/events/{pubsub}/{topic}", (RequestDelegate)(context => DeliverAsync(context, subscription, seen, logger)))
            .WithTopic(new TopicOptions { PubsubName = pubsub, Name = topic, DeadLetterTopic = DeadLetterTopic(topic) })
            .WithMetadata(new ReadsEnvelope());
    }

    /// <summary>Unwraps CloudEvents for handlers that take the payload alone, as Dapr's own samples do.</summary>
    internal static void UsePlainTopicHandlers(this WebApplication app) => app.UseWhen(
        static context => context.GetEndpoint()?.Metadata is { } metadata
            && metadata.GetMetadata<ITopicMetadata>() is not null && metadata.GetMetadata<ReadsEnvelope>() is null,
        static branch => branch.UseCloudEvents());

    /// <summary>Where what a topic's subscribers refuse ends up.</summary>
    public static string DeadLetterTopic(string topic) => topic + "-dead";

    private static async Task DeliverAsync(HttpContext http, Subscription subscription, SeenEvents seen, ILogger logger)
    {
        using var envelope = await ReadAsync(http);
        if (envelope is null || Text(envelope.RootElement, "id") is not { Length: > 0 } id || Text(envelope.RootElement, "type") is not { } type)
        {
            LogUnreadable(logger, http.Request.Path);
            await AnswerAsync(http, "DROP");
            return;
        }

        if (subscription.Handler(type) is { } handler && !seen.Contains(id))
        {
            try
            {
                await HandleAsync(handler, id, type, envelope.RootElement, http);
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
            seen.Add(id);
        }
        await AnswerAsync(http, "SUCCESS");
    }

    private static async Task HandleAsync(
        Func<JsonElement, EventContext, Task> handler, string id, string type, JsonElement envelope, HttpContext http)
    {
        var time = http.RequestServices.GetRequiredService<TimeProvider>();
        using var limit = new CancellationTokenSource(HandlerLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, http.RequestAborted);
        var context = new EventContext(
            id, type, Text(envelope, "source") ?? "", Text(envelope, "subject") ?? "", http.RequestServices, either.Token);
        // Its own copy: a handler that does not heed its token goes on after the delivery has ended.
        var data = envelope.TryGetProperty("data", out var payload) ? payload.Clone() : default;
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

    /// <summary>Marks endpoints that read the whole event, not its payload alone.</summary>
    private sealed class ReadsEnvelope;
}
