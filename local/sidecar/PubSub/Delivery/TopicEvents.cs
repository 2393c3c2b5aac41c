using System.Text.Json;
using Dapr.AppCallback.Autogen.Grpc.v1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using NexusCart.Sidecar.Json;

namespace NexusCart.Sidecar.PubSub.Delivery;

/// <summary>Events as messages of the gRPC callbacks and streams.</summary>
internal static class TopicEvents
{
    private static readonly HashSet<string> OwnFields = ["id", "source", "datacontenttype", "type", "specversion", "data", "data_base64"];

    /// <summary>A single event.</summary>
    /// <exception cref="DeliveryFailedException">Its data do not fit its content type.</exception>
    public static TopicEventRequest Create(string pubSub, string path, InboundEvent inbound) => new()
    {
        Id = inbound.Id,
        Source = inbound.Text("source"),
        Type = inbound.Text("type"),
        SpecVersion = inbound.Text("specversion"),
        DataContentType = inbound.Text("datacontenttype"),
        Topic = inbound.Topic,
        PubsubName = pubSub,
        Path = path,
        Data = Data(inbound),
        Extensions = Extensions(inbound),
    };

    /// <summary>Several events.</summary>
    public static TopicEventBulkRequest Create(BulkDelivery delivery)
    {
        var request = new TopicEventBulkRequest
        {
            Id = Guid.NewGuid().ToString(),
            Topic = delivery.Topic,
            PubsubName = delivery.PubSub,
            Type = "com.dapr.event.sent.bulk",
            Path = delivery.Path,
            Metadata = { ["pubsubName"] = delivery.PubSub },
        };
        foreach (var (entryId, inbound) in delivery.Entries)
        {
            var entry = new TopicEventBulkRequestEntry { EntryId = entryId };
            if (delivery.IsRaw)
                entry.Bytes = UnsafeByteOperations.UnsafeWrap(inbound.Message.Data);
            else
                entry.CloudEvent = CloudEvent(inbound);
            foreach (var (name, value) in inbound.Message.Metadata)
                entry.Metadata[name] = value;
            request.Entries.Add(entry);
        }

        return request;
    }

    private static TopicEventCERequest CloudEvent(InboundEvent inbound) => new()
    {
        Id = inbound.Id,
        Source = inbound.Text("source"),
        Type = inbound.Text("type"),
        SpecVersion = inbound.Text("specversion"),
        DataContentType = inbound.Text("datacontenttype"),
        Data = Data(inbound),
        Extensions = Extensions(inbound),
    };

    private static ByteString Data(InboundEvent inbound)
    {
        if (inbound.Members.TryGetProperty("data_base64", out var encoded) && encoded.ValueKind != JsonValueKind.Null)
        {
            return encoded.ValueKind == JsonValueKind.String && encoded.TryGetBytesFromBase64(out var bytes)
                ? UnsafeByteOperations.UnsafeWrap(bytes)
                : throw new DeliveryFailedException("unexpected data type encountered in envelope");
        }

        if (!inbound.Members.TryGetProperty("data", out var data) || data.ValueKind == JsonValueKind.Null)
            return ByteString.Empty;
        var contentType = inbound.Text("datacontenttype");
        if (ContentTypes.IsText(contentType))
        {
            return data.ValueKind == JsonValueKind.String
                ? ByteString.CopyFromUtf8(data.GetString()!)
                : throw new DeliveryFailedException("unexpected data type encountered in envelope");
        }

        return ContentTypes.IsJson(contentType) || ContentTypes.IsCloudEvent(contentType)
            ? UnsafeByteOperations.UnsafeWrap(GoJson.Write(data))
            : ByteString.Empty;
    }

    private static Struct Extensions(InboundEvent inbound)
    {
        var extensions = new Struct();
        foreach (var member in inbound.Members.EnumerateObject())
        {
            if (!OwnFields.Contains(member.Name))
                extensions.Fields[member.Name] = ToValue(member.Value);
        }

        return extensions;
    }

    private static Value ToValue(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => Value.ForString(json.GetString()!),
        JsonValueKind.Number => Value.ForNumber(json.GetDouble()),
        JsonValueKind.True => Value.ForBool(true),
        JsonValueKind.False => Value.ForBool(false),
        JsonValueKind.Array => Value.ForList([.. json.EnumerateArray().Select(ToValue)]),
        JsonValueKind.Object => ToStruct(json),
        _ => Value.ForNull(),
    };

    private static Value ToStruct(JsonElement json)
    {
        var members = new Struct();
        foreach (var member in json.EnumerateObject())
            members.Fields[member.Name] = ToValue(member.Value);
        return Value.ForStruct(members);
    }
}
