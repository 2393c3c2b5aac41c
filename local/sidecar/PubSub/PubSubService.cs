using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using NexusCart.Sidecar.Api;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Metrics;
using NexusCart.Sidecar.Resiliency;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.PubSub;

/// <summary>An entry of a bulk publish.</summary>
/// <param name="EntryId">The app's name for it, once per request.</param>
/// <param name="Event">What is published; its metadata are those of the entry and the request together.</param>
public sealed record BulkEntry(string EntryId, PublishedEvent Event);

/// <summary>An entry that was not published, and why.</summary>
public sealed record BulkFailure(string EntryId, string Error);

/// <summary>The publishing half of the pub/sub building block: envelopes, scopes, the component's outbound policy.</summary>
public sealed class PubSubService(Hosting.Sidecar sidecar, IResiliencyPolicies policies, TimeProvider time)
{
    private readonly SidecarOptions _options = sidecar.Options;
    private readonly ComponentRegistry _components = sidecar.Components;
    private readonly ComponentMetrics? _metrics = sidecar.Metrics?.Components;
    private readonly ConditionalWeakTable<ComponentSpec, TopicScopes> _scopes = [];

    /// <summary>Makes sure that a request names a component and a topic, as every call does before it looks at the rest.</summary>
    /// <exception cref="DaprApiException">It does not.</exception>
    public void Require(string pubSub, string topic, IReadOnlyDictionary<string, string> metadata)
    {
        if (pubSub.Length == 0)
            throw PubSubErrors.NameEmpty(metadata);
        Find(pubSub);
        if (topic.Length == 0)
            throw PubSubErrors.TopicEmpty(pubSub, metadata);
    }

    /// <summary>Publishes; when it returns the broker has the message as safely as it keeps any.</summary>
    /// <exception cref="DaprApiException">It was refused or failed.</exception>
    public async Task PublishAsync(PublishedEvent published, CancellationToken cancellation)
    {
        // As in Dapr: where nothing is traced, an event carries no trace, not even its publisher's.
        if (sidecar.Tracing.IsOff)
            published = published with { TraceParent = "", TraceState = "" };
        var message = Prepare(published, IsRaw(published.PubSub, published.Metadata));
        var meter = _metrics?.Publish(published.PubSub, published.Topic).Begin();
        var success = false;
        try
        {
            await SendAsync(published.PubSub, published.Topic, message, cancellation);
            success = true;
        }
        finally
        {
            meter?.End(success);
        }
    }

    /// <summary>Publishes entries together; those that failed are returned. Whether they are raw is said by the request's metadata.</summary>
    /// <exception cref="DaprApiException">The whole request was refused.</exception>
    public async Task<IReadOnlyList<BulkFailure>> PublishBulkAsync(
        string pubSub,
        string topic,
        IReadOnlyList<BulkEntry> entries,
        IReadOnlyDictionary<string, string> metadata,
        CancellationToken cancellation)
    {
        var isRaw = IsRaw(pubSub, metadata);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        if (entries.Any(entry => entry.EntryId.Length == 0 || !ids.Add(entry.EntryId)))
            throw PubSubErrors.BulkEntry(pubSub, topic, _options.AppId);
        var addsMetadata = metadata.Count > 0 && Find(pubSub).Driver.PublishesInBulk;
        var messages = entries.Select(entry => Prepare(entry.Event, isRaw)).Select(message => addsMetadata ? With(message, metadata) : message).ToArray();
        CheckScope(pubSub, topic);
        var started = Stopwatch.GetTimestamp();
        var sends = entries.Zip(messages, (entry, message) => (entry.EntryId, Send: SendAsync(pubSub, topic, message, cancellation))).ToArray();
        var failures = new List<BulkFailure>();
        foreach (var (entryId, send) in sends)
        {
            try
            {
                await send;
            }
            catch (DaprApiException e)
            {
                failures.Add(new BulkFailure(entryId, e.Message));
            }
        }

        _metrics?.PublishedBulk(pubSub, topic, failures.Count == 0, sends.Length - failures.Count, started);
        return failures;
    }

    /// <summary>Hands a finished message to the broker.</summary>
    /// <exception cref="DaprApiException">The app may not publish there, or the broker failed.</exception>
    public async Task SendAsync(string pubSub, string topic, BrokerMessage message, CancellationToken cancellation)
    {
        var (driver, _) = Find(pubSub);
        CheckScope(pubSub, topic);
        try
        {
            await policies.Outbound(pubSub, ComponentKind.Pubsub).RunAsync(
                async token => await driver.PublishAsync(topic, message, token), cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw PubSubErrors.Publish(pubSub, topic, e.Message);
        }
    }

    /// <summary>Refuses metadata whose <c>rawPayload</c> is no boolean.</summary>
    /// <exception cref="DaprApiException">It is not.</exception>
    internal static void CheckRawPayload(string pubSub, IReadOnlyDictionary<string, string> metadata) => IsRaw(pubSub, metadata);

    private static bool IsRaw(string pubSub, IReadOnlyDictionary<string, string> metadata) =>
        CloudEventEnvelope.TryReadRawPayload(metadata, out var isRaw)
            ? isRaw
            : throw PubSubErrors.RawPayload(pubSub, metadata["rawPayload"], metadata);

    private BrokerMessage Prepare(PublishedEvent published, bool isRaw)
    {
        if (isRaw)
            return new BrokerMessage(published.Data, published.ContentType, published.Metadata);
        try
        {
            var envelope = CloudEventEnvelope.Wrap(published, _options.AppId, time.GetUtcNow(), expires: !EndsMessagesByItself(published.PubSub));
            return new BrokerMessage(envelope, ContentTypes.CloudEvent, published.Metadata);
        }
        catch (JsonException e)
        {
            throw PubSubErrors.CloudEvent(published.PubSub, _options.AppId, e.Message);
        }
    }

    // Then the envelope has nothing to say of it.
    private bool EndsMessagesByItself(string pubSub) => Find(pubSub).Driver.Capabilities.Contains("MESSAGE_TTL");

    private static BrokerMessage With(BrokerMessage message, IReadOnlyDictionary<string, string> metadata)
    {
        var merged = new Dictionary<string, string>(message.Metadata, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in metadata)
            merged[name] = value;
        return message with { Metadata = merged };
    }

    private void CheckScope(string pubSub, string topic)
    {
        if (!_scopes.GetValue(Find(pubSub).Spec, spec => new TopicScopes(spec, _options.AppId)).MayPublish(topic))
            throw PubSubErrors.Forbidden(pubSub, topic, _options.AppId);
    }

    private (IPubSub Driver, ComponentSpec Spec) Find(string pubSub) =>
        _components.TryGet<IPubSub>(pubSub, out var driver, out var spec) ? (driver, spec) : throw PubSubErrors.NotFound(pubSub);
}
