using System.Text.RegularExpressions;
using NexusCart.Sidecar.PubSub;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>
/// <c>pubsub.embedded</c>: a durable broker without a server. Components of any name that use the same file see the same topics.
/// Apps are told apart by <c>consumerID</c> (the app id when not set): replicas of one share its messages. An id with a uuid in it
/// belongs to one replica, gets every message from the moment it subscribes, and is forgotten when it leaves.
/// </summary>
/// <remarks>
/// Settings: <c>path</c> (pubsub.db), <c>consumerID</c>, <c>initialOffset</c> (newest or oldest), <c>concurrency</c> (32 deliveries in
/// flight per subscription, more where a bulk subscription gathers more), <c>redeliverInterval</c> (1s, doubling) and <c>maxRedeliverInterval</c> (1m), <c>retention</c> (0s) of
/// acknowledged messages, <c>unclaimedLimit</c> (10000 messages) of topics without a group, <c>groupRetention</c> (168h; 0 for ever):
/// a group without a subscriber for so long is forgotten, and its messages go.
/// </remarks>
public sealed partial class EmbeddedPubSub(ComponentContext context) : IPubSub
{
    private MessageLog _log = null!;
    private GroupSettings _settings = null!;

    /// <inheritdoc/>
    public async Task InitAsync(CancellationToken cancellation)
    {
        var spec = context.Spec;
        var group = spec.Find("consumerID") ?? context.Options.AppId;
        var offset = spec.Find("initialOffset") ?? "newest";
        if (offset is not ("newest" or "oldest"))
            throw ComponentSettings.Invalid(spec, "initialOffset", $"must be newest or oldest, not '{offset}'");
        _settings = new GroupSettings(
            group,
            IsEphemeral: Uuid().IsMatch(group),
            FromOldest: offset == "oldest",
            spec.Number("concurrency", otherwise: 32, minimum: 1, maximum: 10_000),
            spec.Duration("redeliverInterval", TimeSpan.FromSeconds(1)),
            spec.Duration("maxRedeliverInterval", TimeSpan.FromMinutes(1)));
        var options = new MessageLogOptions(
            spec.Duration("retention", TimeSpan.Zero),
            spec.Number("unclaimedLimit", otherwise: 10_000, minimum: 0),
            spec.Duration("groupRetention", TimeSpan.FromDays(7)));
        _log = MessageLog.Shared(context.Cluster, context.DataPath(spec.Find("path") ?? "pubsub.db"), options);
        await _log.OpenAsync(cancellation);
    }

    /// <inheritdoc/>
    public Task PublishAsync(string topic, BrokerMessage message, CancellationToken cancellation) =>
        _log.PublishAsync(topic, message, cancellation);

    /// <inheritdoc/>
    public Task<IAsyncDisposable> SubscribeAsync(
        string topic,
        IReadOnlyDictionary<string, string> metadata,
        DeliveryHandler handler,
        CancellationToken cancellation) => SubscribeAsync(topic, metadata, handler, gathers: 0, cancellation);

    /// <inheritdoc/>
    public async Task<IAsyncDisposable> SubscribeAsync(
        string topic,
        IReadOnlyDictionary<string, string> metadata,
        DeliveryHandler handler,
        int gathers,
        CancellationToken cancellation)
    {
        // Twice, so that the next batch fills while one is handled.
        var settings = _settings with { Concurrency = Math.Max(_settings.Concurrency, 2 * gathers) };
        return new Subscription(_log, await _log.JoinAsync(topic, settings, handler, cancellation));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [GeneratedRegex("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")]
    private static partial Regex Uuid();

    private sealed class Subscription(MessageLog log, GroupMember member) : IAsyncDisposable
    {
        private int _left;

        public async ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
                await log.LeaveAsync(member);
        }
    }
}
