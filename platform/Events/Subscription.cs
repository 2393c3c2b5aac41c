using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace NexusCart.Platform.Events;

/// <summary>An event's CloudEvent attributes.</summary>
/// <param name="Id">The same at every delivery.</param>
/// <param name="Type">"order.paid.v1"</param>
/// <param name="Source">The publishing app.</param>
/// <param name="Subject">The aggregate's id; empty where the publisher gave none.</param>
/// <param name="Services">Services of this delivery's scope.</param>
/// <param name="CancellationToken">Ends when the sidecar gives up on the delivery, and after ten seconds.</param>
public sealed record EventContext(
    string Id, string Type, string Source, string Subject, IServiceProvider Services, CancellationToken CancellationToken);

/// <summary>An event that a subscriber of its topic refused to the end. Who did, and why, it does not say.</summary>
/// <param name="Topic">The topic it was published to.</param>
/// <param name="Envelope">The whole event as it was published.</param>
public sealed record RefusedEvent(string Topic, JsonElement Envelope);

/// <summary>The event types of one topic that a service handles.</summary>
public sealed class Subscription
{
    private readonly Dictionary<string, Func<JsonElement, EventContext, Task>> _handlers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JsonTypeInfo> _reads = new(StringComparer.Ordinal);
    private Func<JsonElement, EventContext, Task>? _others;

    /// <summary>
    /// Handles one event type. The handler must be idempotent by event id; its token ends after ten seconds. An exception has the
    /// event delivered again, and in the end dead-lettered, and so has a handler that takes longer. Types without a handler are acknowledged unread.
    /// </summary>
    /// <param name="type">Name and version: "order.paid.v1".</param>
    /// <param name="json">How the payload is read (source-generated).</param>
    /// <param name="handler">What to do.</param>
    /// <param name="reads">What the handler reads of the payload, where it takes more along; else what it takes.</param>
    public Subscription On<T>(string type, JsonTypeInfo<T> json, Func<T, EventContext, Task> handler, JsonTypeInfo? reads = null)
    {
        _reads.Add(type, reads ?? json);
        _handlers.Add(type, (data, context) =>
        {
            var payload = data.Deserialize(json) ?? throw new JsonException("The event has no data.");
            return handler(payload, context);
        });
        return this;
    }

    /// <summary>What is read of each type that has a handler of its own: the contract with whoever publishes it.</summary>
    public IReadOnlyDictionary<string, JsonTypeInfo> Reads => _reads;

    /// <summary>Handles every type without a handler of its own, as <see cref="On{T}"/> does.</summary>
    /// <param name="json">How the payload is read (source-generated).</param>
    /// <param name="handler">What to do.</param>
    public Subscription OnOthers<T>(JsonTypeInfo<T> json, Func<T, EventContext, Task> handler)
    {
        _others = (data, context) => handler(data.Deserialize(json) ?? throw new JsonException("The event has no data."), context);
        return this;
    }

    internal Func<JsonElement, EventContext, Task>? Handler(string type) => _handlers.GetValueOrDefault(type) ?? _others;
}
