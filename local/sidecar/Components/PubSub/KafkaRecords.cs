using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;
using NexusCart.Sidecar.PubSub;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>Messages as Kafka's records, the way Dapr writes and reads them: publish metadata are headers, and some of them more.</summary>
internal sealed class KafkaRecords(KafkaSettings settings)
{
    private const string PartitionKey = "partitionKey";
    private const string PartitionNumber = "partitionNumber";
    private const string Key = "__key";

    /// <summary>The record of a message, and where it goes.</summary>
    /// <exception cref="ArgumentException">It asks for a partition that cannot be, or for a schema.</exception>
    public (TopicPartition Target, Message<byte[]?, byte[]?> Record) Write(string topic, BrokerMessage message)
    {
        RefuseSchema(message.Metadata);
        var record = new Message<byte[]?, byte[]?> { Value = IsNull(message.Data.Span) ? null : Bytes(message.Data) };
        var partition = Partition.Any;
        foreach (var (name, value) in message.Metadata)
        {
            switch (name)
            {
                case PartitionKey:
                case Key when record.Key is null:
                    record.Key = Encoding.UTF8.GetBytes(value);
                    break;
                case PartitionNumber:
                    partition = ReadPartition(value);
                    break;
            }

            if (settings.ExcludedHeaders?.IsMatch(name) != true)
                (record.Headers ??= []).Add(name, Encoding.UTF8.GetBytes(value));
        }

        return (new TopicPartition(topic, partition), record);
    }

    /// <summary>The message of a record.</summary>
    public BrokerDelivery Read(ConsumeResult<byte[]?, byte[]?> result)
    {
        var metadata = new Dictionary<string, string>
        {
            ["__offset"] = result.Offset.Value.ToString(CultureInfo.InvariantCulture),
            ["__topic"] = result.Topic,
            ["__timestamp"] = result.Message.Timestamp.UnixTimestampMs.ToString(CultureInfo.InvariantCulture),
            ["__partition"] = result.Partition.Value.ToString(CultureInfo.InvariantCulture),
        };
        if (result.Message.Key is { } key)
            metadata[Key] = Text(key);
        // A dead letter carries where it was first.
        foreach (var header in (IEnumerable<IHeader>?)result.Message.Headers ?? [])
        {
            if (settings.ExcludedHeaders?.IsMatch(header.Key) != true)
                metadata[header.Key] = Text(header.GetValueBytes() ?? []);
        }

        return new BrokerDelivery(result.Topic, new BrokerMessage(result.Message.Value ?? "null"u8.ToArray(), ContentTypes.CloudEvent, metadata));
    }

    /// <summary>Refuses what wants its messages translated by a schema registry.</summary>
    /// <exception cref="ArgumentException">It does.</exception>
    public static void RefuseSchema(IReadOnlyDictionary<string, string> metadata)
    {
        var schema = metadata.FirstOrDefault(item => item.Key.Equals("valueSchemaType", StringComparison.OrdinalIgnoreCase)).Value;
        if (!string.IsNullOrEmpty(schema) && !schema.Equals("none", StringComparison.OrdinalIgnoreCase))
            throw new ArgumentException($"error parsing schema type. '{schema}' is not a supported value");
    }

    private static Partition ReadPartition(string value) =>
        int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number >= 0
                ? new Partition(number)
                : throw new ArgumentException($"partitionNumber must be non-negative, got {number}")
            : throw new ArgumentException($"invalid partitionNumber metadata value \"{value}\"");

    private static bool IsNull(ReadOnlySpan<byte> data) => data.SequenceEqual("null"u8);

    private static byte[] Bytes(ReadOnlyMemory<byte> data) =>
        MemoryMarshal.TryGetArray(data, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length
            ? segment.Array
            : data.ToArray();

    private string Text(byte[] value)
    {
        var text = Encoding.UTF8.GetString(value);
        // As Go escapes a query.
        return settings.EscapesHeaders ? Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal) : text;
    }
}
