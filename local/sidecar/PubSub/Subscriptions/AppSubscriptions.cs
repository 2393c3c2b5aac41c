using System.Net;
using System.Text.Json;
using Dapr.AppCallback.Autogen.Grpc.v1;
using Grpc.Core;
using NexusCart.Sidecar.Api.Grpc;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Invocation;
using NexusCart.Sidecar.Json;
using NexusCart.Sidecar.Resources;
using Empty = Google.Protobuf.WellKnownTypes.Empty;

namespace NexusCart.Sidecar.PubSub.Subscriptions;

/// <summary>Asks the app what it subscribes to: <c>GET /dapr/subscribe</c>, or <c>ListTopicSubscriptions</c> of a gRPC app.</summary>
internal sealed class AppSubscriptions(IAppChannel app, SidecarOptions options, TimeProvider time, ILogger<AppSubscriptions> logger)
{
    private const int Retries = 3;
    private const int DefaultMaxMessages = 100;
    private const int DefaultMaxAwaitMilliseconds = 1000;
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);

    private static readonly Method<Empty, ListTopicSubscriptionsResponse> ListTopicSubscriptions =
        GrpcMethods.Unary<Empty, ListTopicSubscriptionsResponse>("dapr.proto.runtime.v1.AppCallback", "ListTopicSubscriptions");

    /// <summary>The app's subscriptions; none when it has none or cannot say.</summary>
    public async Task<IReadOnlyList<SubscriptionSpec>> AskAsync(CancellationToken cancellation)
    {
        if (!app.Exists)
            return [];
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return options.AppProtocol is AppProtocol.Grpc or AppProtocol.Grpcs
                    ? await AskOverGrpcAsync(cancellation)
                    : await AskOverHttpAsync(cancellation);
            }
            catch (Exception e) when (e is HttpRequestException or RpcException && !cancellation.IsCancellationRequested)
            {
                if (attempt == Retries)
                {
                    logger.LogError("error getting topic list from app: {Error}", e.Message);
                    return [];
                }
            }

            await Task.Delay(RetryPause, time, cancellation);
        }
    }

    /// <summary>Reads the answer of <c>/dapr/subscribe</c>; member names are compared without regard to case.</summary>
    /// <exception cref="JsonException">It is not what it should be.</exception>
    internal static List<SubscriptionSpec> Parse(ReadOnlySpan<byte> body)
    {
        var subscriptions = new List<SubscriptionSpec>();
        if (body.IsEmpty)
            return subscriptions;
        var list = GoJson.Parse(body);
        if (list.ValueKind == JsonValueKind.Null)
            return subscriptions;
        if (list.ValueKind != JsonValueKind.Array)
            throw JsonReading.Wrong("", list, "[]pubsub.SubscriptionJSON");
        foreach (var item in list.EnumerateArray())
        {
            var routes = item.Member("routes") ?? default;
            var defaultPath = routes.Text("default") is { Length: > 0 } path ? path : item.Text("route");
            subscriptions.Add(new SubscriptionSpec
            {
                PubSubName = item.Text("pubsubname"),
                Topic = item.Text("topic"),
                Metadata = item.TextMap("metadata") ?? [],
                DeadLetterTopic = item.Text("deadLetterTopic") is { Length: > 0 } topic ? topic : null,
                Routes = new SubscriptionRoutes(
                    [.. routes.Array("rules").Select(rule => new SubscriptionRule(rule.Text("match"), rule.Text("path")))],
                    defaultPath.Length > 0 ? defaultPath : null),
                Bulk = ParseBulk(item.Member("bulkSubscribe") ?? default),
            });
        }

        return subscriptions;
    }

    private async Task<IReadOnlyList<SubscriptionSpec>> AskOverHttpAsync(CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/dapr/subscribe");
        request.Headers.TryAddWithoutValidation("dapr-app-id", options.AppId);
        using var response = await app.SendAsync(request, cancellation);
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                return ParseLogged(await response.Content.ReadAsByteArrayAsync(cancellation));
            case HttpStatusCode.NotFound:
                logger.LogDebug("user app did not subscribe to any topic");
                return [];
            default:
                logger.LogError("app returned http status code {Status} from subscription endpoint", (int)response.StatusCode);
                return [];
        }
    }

    private List<SubscriptionSpec> ParseLogged(byte[] body)
    {
        try
        {
            return Parse(body);
        }
        catch (JsonException e)
        {
            logger.LogError("error getting topics from app: {Error}", e.Message);
            return [];
        }
    }

    private async Task<IReadOnlyList<SubscriptionSpec>> AskOverGrpcAsync(CancellationToken cancellation)
    {
        try
        {
            var options = new CallOptions(cancellationToken: cancellation);
            var response = await app.Grpc.AsyncUnaryCall(ListTopicSubscriptions, null, options, new Empty());
            return [.. response.Subscriptions.Select(Read)];
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unimplemented)
        {
            logger.LogInformation("pubsub subscriptions: gRPC app does not implement ListTopicSubscriptions");
            return [];
        }
    }

    private static SubscriptionSpec Read(TopicSubscription subscription)
    {
        var rules = subscription.Routes?.Rules.Select(rule => new SubscriptionRule(rule.Match, rule.Path)).ToArray() ?? [];
        var path = subscription.Routes?.Default ?? "";
        return new SubscriptionSpec
        {
            PubSubName = subscription.PubsubName,
            Topic = subscription.Topic,
            Metadata = new Dictionary<string, string>(subscription.Metadata),
            DeadLetterTopic = subscription.DeadLetterTopic is { Length: > 0 } topic ? topic : null,
            // A gRPC app needs no route: all its events arrive at one method.
            Routes = new SubscriptionRoutes(rules, path.Length > 0 || rules.Length == 0 ? path : null),
            Bulk = subscription.BulkSubscribe is { Enabled: true } bulk ? Bulk(bulk.MaxMessagesCount, bulk.MaxAwaitDurationMs) : null,
        };
    }

    private static BulkSubscribe? ParseBulk(JsonElement bulk) =>
        bulk.Member("enabled") is { ValueKind: JsonValueKind.True }
            ? Bulk(Number(bulk, "maxMessagesCount"), Number(bulk, "maxAwaitDurationMs"))
            : null;

    private static BulkSubscribe Bulk(int count, int milliseconds) => new(
        count > 0 ? count : DefaultMaxMessages,
        TimeSpan.FromMilliseconds(milliseconds > 0 ? milliseconds : DefaultMaxAwaitMilliseconds));

    private static int Number(JsonElement owner, string name) => owner.Member(name) switch
    {
        null => 0,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt32(out var value) => value,
        { } other => throw JsonReading.Wrong(name, other, "int32"),
    };
}
