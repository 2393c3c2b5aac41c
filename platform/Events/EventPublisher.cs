using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Dapr.Client;
using Microsoft.Extensions.Configuration;
using NexusCart.Platform.Actors;

namespace NexusCart.Platform.Events;

/// <summary>
/// Publishes events as CloudEvents. Call it only from something durable that tries again (a workflow activity, an actor with
/// pending events): the id must be the same at every try, so that consumers can tell a repetition.
/// </summary>
public sealed class EventPublisher(DaprClient dapr, TimeProvider time, IConfiguration configuration) : IPendingEventPublisher
{
    /// <summary>The most an event may have, in bytes and with its envelope: Kafka takes a megabyte, of which headers need their part.</summary>
    public const int MaxBytes = 900_000;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>What <see cref="PublishAsync{T}"/> writes.</summary>
    private static readonly string[] Attributes = ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"];
    private readonly string _source = configuration["APP_ID"] ?? "nexuscart";

    /// <summary>Publishes one event; when this returns, the broker has it.</summary>
    /// <param name="topic">The aggregate: "orders".</param>
    /// <param name="type">Name and version: "order.paid.v1".</param>
    /// <param name="id">The CloudEvent id, the same at every try: instance id + step.</param>
    /// <param name="subject">The aggregate's id; events of one subject keep their order where the broker can.</param>
    /// <param name="data">The payload.</param>
    /// <param name="json">How the payload is written (source-generated).</param>
    /// <param name="pubsub">The component.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Dapr.DaprException">The broker did not take it.</exception>
    /// <exception cref="ArgumentException">The event is larger than <see cref="MaxBytes"/>.</exception>
    /// <exception cref="TimeoutException">No answer within ten seconds; the event may or may not have gone out.</exception>
    public Task PublishAsync<T>(
        string topic, string type, string id, string subject, T data, JsonTypeInfo<T> json,
        string pubsub = Components.PubSub, CancellationToken cancellationToken = default) =>
        SendAsync(pubsub, topic, subject, Envelope(type, id, subject, data, json), $"{type} {id}", cancellationToken);

    /// <summary>Publishes what an actor keeps until it is out.</summary>
    public Task PublishAsync(PendingEvent pending, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pending);
        var envelope = Envelope(pending.Type, pending.Id, pending.Key, pending.Data, EventJson.Default.JsonElement);
        return SendAsync(Components.PubSub, pending.Topic, pending.Key, envelope, $"{pending.Type} {pending.Id}", cancellationToken);
    }

    /// <summary>
    /// Publishes an event again as it was first published, id and all: a subscriber that has handled it passes over it, and one that has
    /// refused it gets it anew. What brokers and sidecars added on the way is left out.
    /// </summary>
    /// <param name="topic">The topic it was published to.</param>
    /// <param name="envelope">The whole event.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task RepublishAsync(string topic, JsonElement envelope, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var name in Attributes)
            {
                if (!envelope.TryGetProperty(name, out var value))
                    continue;
                writer.WritePropertyName(name);
                value.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        var subject = envelope.TryGetProperty("subject", out var key) ? key.GetString() ?? "" : "";
        return SendAsync(Components.PubSub, topic, subject, buffer.WrittenMemory, $"an event of {topic} again", cancellationToken);
    }

    private async Task SendAsync(
        string pubsub, string topic, string subject, ReadOnlyMemory<byte> envelope, string what, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Deadline);
        try
        {
            await dapr.PublishByteEventAsync(pubsub, topic, envelope, "application/cloudevents+json",
                new Dictionary<string, string> { ["partitionKey"] = subject }, limit.Token);
        }
        catch (Exception) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Publishing {what} took longer than {Deadline.TotalSeconds} s.");
        }
    }

    private ReadOnlyMemory<byte> Envelope<T>(string type, string id, string subject, T data, JsonTypeInfo<T> typeInfo)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteString("specversion", "1.0");
        writer.WriteString("id", id);
        writer.WriteString("source", _source);
        writer.WriteString("type", type);
        writer.WriteString("subject", subject);
        writer.WriteString("time", time.GetUtcNow());
        writer.WriteString("datacontenttype", "application/json");
        writer.WritePropertyName("data");
        JsonSerializer.Serialize(writer, data, typeInfo);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenCount <= MaxBytes
            ? buffer.WrittenMemory
            : throw new ArgumentException($"{type} {id} has {buffer.WrittenCount} bytes; {MaxBytes} are the most that every broker takes.", nameof(data));
    }
}

[JsonSerializable(typeof(JsonElement))]
internal sealed partial class EventJson : JsonSerializerContext;
