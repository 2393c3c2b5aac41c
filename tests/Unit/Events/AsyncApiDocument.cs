using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.EventEmitters;

namespace NexusCart.Tests.Unit.Events;

/// <summary>
/// Writes the events down for people who know nothing of C# (AsyncAPI 3.0): channels are topics, messages are CloudEvents, and the
/// schema of their data comes from the records that are published, with the words of their documentation.
/// </summary>
internal static class AsyncApiDocument
{
    private const string Preface = """
        # What the shop publishes: CloudEvents 1.0 over Dapr pub/sub, component "pubsub". Generated from the records that are published:
        #   NEXUSCART_WRITE_ASYNCAPI=1 dotnet test tests/Unit --filter AsyncApi

        """;

    /// <summary>The whole document.</summary>
    public static string Write()
    {
        var document = new JsonObject
        {
            ["asyncapi"] = "3.0.0",
            ["info"] = new JsonObject
            {
                ["title"] = "NexusCart events",
                ["version"] = "1.0.0",
                ["description"] =
                    "Every event is delivered at least once and in no order that a consumer could rely on: remember ids, compare versions. "
                    + "Fields are added and never changed; a new meaning is a new version of the type. Ignore fields that you do not know.",
            },
            ["defaultContentType"] = "application/cloudevents+json",
            ["channels"] = Map(PublishedEvent.All.GroupBy(published => published.Topic), Channel),
            ["operations"] = new JsonObject(PublishedEvent.All.GroupBy(published => published.Topic).Select(Operation).Concat(Reading())
                .Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))),
            ["components"] = new JsonObject { ["schemas"] = Schemas() },
        };
        var yaml = new SerializerBuilder().WithEventEmitter(next => new QuotedWhereNeeded(next)).WithIndentedSequences().Build();
        return Preface + yaml.Serialize(Plain(document)!).ReplaceLineEndings("\n");
    }

    private static JsonObject Map(IEnumerable<IGrouping<string, PublishedEvent>> topics, Func<IGrouping<string, PublishedEvent>, (string Key, JsonObject Value)> write) =>
        new(topics.Select(write).Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value)));

    private static (string Key, JsonObject Value) Channel(IGrouping<string, PublishedEvent> topic) => (topic.Key, new JsonObject
    {
        ["address"] = topic.Key,
        ["messages"] = new JsonObject(topic.Select(published => KeyValuePair.Create(published.Type, (JsonNode?)Message(published)))),
    });

    private static (string Key, JsonObject Value) Operation(IGrouping<string, PublishedEvent> topic) => ($"publish-{topic.Key}", new JsonObject
    {
        ["action"] = "send",
        ["channel"] = Reference($"#/channels/{topic.Key}"),
        ["summary"] = $"Published by {string.Join(", ", topic.Select(published => published.App).Distinct())}.",
    });

    // Who reads what by name, inside the shop. Webhooks are told of everything else, too.
    private static IEnumerable<(string Key, JsonObject Value)> Reading() =>
        from read in ReadEvent.All
        join published in PublishedEvent.All on read.Type equals published.Type
        group published by (read.App, published.Topic) into topic
        select ($"{topic.Key.App}-reads-{topic.Key.Topic}", new JsonObject
        {
            ["action"] = "receive",
            ["channel"] = Reference($"#/channels/{topic.Key.Topic}"),
            ["summary"] = $"Read by {topic.Key.App}.",
            ["messages"] = new JsonArray([.. topic.Select(published => Reference($"#/channels/{topic.Key.Topic}/messages/{published.Type}"))]),
        });

    private static JsonObject Message(PublishedEvent published) => new()
    {
        ["name"] = published.Type,
        ["summary"] = RecordDocumentation.Of(published.Payload.Type).Summary,
        ["payload"] = new JsonObject
        {
            ["allOf"] = new JsonArray(
                Reference("#/components/schemas/CloudEvent"),
                new JsonObject
                {
                    ["type"] = "object",
                    ["properties"] = new JsonObject
                    {
                        ["type"] = new JsonObject { ["const"] = published.Type },
                        ["data"] = Reference($"#/components/schemas/{published.Payload.Type.Name}"),
                    },
                }),
        },
    };

    private static JsonObject Schemas()
    {
        var schemas = new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal) { ["CloudEvent"] = CloudEvent() };
        foreach (var payload in PublishedEvent.All.Select(published => published.Payload).DistinctBy(payload => payload.Type))
            schemas.Add(payload.Type.Name, payload.GetJsonSchemaAsNode(new JsonSchemaExporterOptions { TransformSchemaNode = RecordDocumentation.Describe }));
        return new JsonObject(schemas);
    }

    private static JsonObject CloudEvent() => new()
    {
        ["type"] = "object",
        ["required"] = new JsonArray("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"),
        ["properties"] = new JsonObject
        {
            ["specversion"] = new JsonObject { ["const"] = "1.0" },
            ["id"] = Text("The same at every delivery of an event."),
            ["source"] = Text("The app id of who published it; of orders there may be several cells."),
            ["type"] = Text("Name and version."),
            ["subject"] = Text("The aggregate's id, and the partition key."),
            ["time"] = new JsonObject { ["type"] = "string", ["format"] = "date-time", ["description"] = "When it was published, first or again." },
            ["datacontenttype"] = new JsonObject { ["const"] = "application/json" },
        },
    };

    private static JsonObject Text(string description) => new() { ["type"] = "string", ["description"] = description };

    private static JsonObject Reference(string path) => new() { ["$ref"] = path };

    private static object? Plain(JsonNode? node) => node switch
    {
        JsonObject members => members.ToDictionary(member => member.Key, member => Plain(member.Value)),
        JsonArray items => items.Select(Plain).ToList(),
        JsonValue value when value.GetValueKind() is JsonValueKind.String => value.GetValue<string>(),
        JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => value.GetValue<bool>(),
        JsonValue value => value.ToJsonString(),
        _ => null,
    };

    /// <summary>Text that YAML would read as something else than text.</summary>
    private sealed class QuotedWhereNeeded(IEventEmitter next) : ChainedEventEmitter(next)
    {
        public override void Emit(ScalarEventInfo eventInfo, IEmitter emitter)
        {
            if (eventInfo.Source.Value is string text && (text.Length == 0 || char.IsAsciiDigit(text[0]) || text is "true" or "false" or "null"))
                eventInfo.Style = ScalarStyle.DoubleQuoted;
            base.Emit(eventInfo, emitter);
        }
    }
}
