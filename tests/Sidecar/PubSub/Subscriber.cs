using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.PubSub;

/// <summary>An app that notes what it gets and answers as told.</summary>
internal sealed class Subscriber(Func<int, int> status, string? deadLetters = null, string? broadcast = null)
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<JsonNode>> _received = new();

    public Action<WebApplication> Map(params string[] topics) => app =>
    {
        var subscriptions = topics.Select(topic => Subscription("pubsub", topic, topic)).ToList();
        if (deadLetters is not null)
            subscriptions.Add(Subscription("pubsub", deadLetters, deadLetters, isDead: true));
        if (broadcast is not null)
            subscriptions.Add(Subscription("broadcast", broadcast, "broadcast"));
        app.MapGet("/dapr/subscribe", () => Results.Json(subscriptions));
        foreach (var topic in topics)
            MapPost(app, "/" + topic);
        if (deadLetters is not null)
            MapPost(app, "/" + deadLetters, always: StatusCodes.Status200OK);
        if (broadcast is not null)
            MapPost(app, "/broadcast");
    };

    public void MapPost(WebApplication app, string path, int? always = null) => app.MapPost(path, async (HttpRequest request) =>
    {
        var queue = _received.GetOrAdd(path, _ => new ConcurrentQueue<JsonNode>());
        var envelope = (await JsonNode.ParseAsync(request.Body))!;
        lock (queue)
        {
            queue.Enqueue(envelope);
            return Results.StatusCode(always ?? status(queue.Count));
        }
    });

    public IReadOnlyList<JsonNode> Of(string path) => _received.TryGetValue(path, out var queue) ? [.. queue] : [];

    public async Task<IReadOnlyList<JsonNode>> WaitAsync(string path, int count)
    {
        await Eventually.TrueAsync(() => Of(path).Count >= count);
        return Of(path);
    }

    private Dictionary<string, string> Subscription(string pubSub, string topic, string route, bool isDead = false)
    {
        var subscription = new Dictionary<string, string> { ["pubsubName"] = pubSub, ["topic"] = topic, ["route"] = route };
        if (deadLetters is not null && !isDead)
            subscription["deadLetterTopic"] = deadLetters;
        return subscription;
    }
}
