using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using NexusCart.Notifications;
using NexusCart.Notifications.Events;

namespace NexusCart.Tests.Unit.Events;

/// <summary>The description of the events for other languages is what the programs do.</summary>
public sealed partial class AsyncApiTests
{
    private const string Rewrite = "NEXUSCART_WRITE_ASYNCAPI";
    private static readonly string File = Path.Combine(RepositoryRoot.Folder, "docs", "asyncapi.yaml");

    [Fact]
    public void The_document_describes_the_events_as_they_are_published()
    {
        var expected = AsyncApiDocument.Write();
        if (Environment.GetEnvironmentVariable(Rewrite) == "1")
            System.IO.File.WriteAllText(File, expected);

        var actual = System.IO.File.ReadAllText(File).ReplaceLineEndings("\n");
        Assert.True(actual == expected, $"docs/asyncapi.yaml is not what is published; {Rewrite}=1 writes it anew.");
    }

    [Fact]
    public void No_event_is_left_out()
    {
        var services = PublishedEvent.All.Select(published => published.Payload.Type.Assembly).Distinct().ToList();
        Assert.Equal(7, services.Count);
        var named = services.SelectMany(service => service.GetTypes())
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static | BindingFlags.FlattenHierarchy))
            .Where(field => field is { IsLiteral: true } && field.FieldType == typeof(string))
            .Select(field => (string)field.GetRawConstantValue()!)
            .Where(text => EventType().IsMatch(text) && !text.StartsWith("user.", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

        Assert.Equal(
            named.Distinct(),
            PublishedEvent.All.Select(published => published.Type).Where(type => !type.StartsWith("payment.", StringComparison.Ordinal) && !type.StartsWith("user.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_dead_letters_of_every_topic_are_kept() =>
        Assert.Empty(PublishedEvent.All.Select(published => published.Topic).Distinct().Except(DeadLetters.Topics));

    [Fact]
    public void Types_are_named_for_their_aggregate_and_versioned() => Assert.All(
        PublishedEvent.All,
        published =>
        {
            Assert.Matches(EventType(), published.Type);
            Assert.Equal(published.Topic.TrimEnd('s'), published.Type.Split('.')[0]);
        });

    /// <summary>Every type that a program reads by name: taken from the subscriptions themselves, so that none can be left out.</summary>
    public static TheoryData<string, string> Readers => [.. ReadEvent.All.Select(read => (read.App, read.Type))];

    [Fact]
    public void Every_subscription_is_compared()
    {
        var calls = Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Folder, "services"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Sum(file => MapsSubscription().Count(System.IO.File.ReadAllText(file)));
        // The webhooks' one subscribes to each topic of a list.
        Assert.Equal(calls, ReadEvent.Subscriptions - new NotificationsOptions().OtherTopics.Count + 1);
        Assert.Contains(ReadEvent.All, read => read is { App: "notifications", Type: "order.return_changed.v1" });
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void What_a_consumer_reads_is_published_under_that_name(string app, string type)
    {
        var reader = ReadEvent.All.Single(read => read.App == app && read.Type == type).Reads;
        var published = PublishedEvent.All.Single(candidate => candidate.Type == type).Payload;
        AssertReads(reader, published);

        static void AssertReads(JsonTypeInfo reader, JsonTypeInfo writer)
        {
            foreach (var field in reader.Properties.Where(field => !field.IsExtensionData))
            {
                var source = writer.Properties.SingleOrDefault(candidate => candidate.Name == field.Name);
                Assert.True(source is not null, $"{reader.Type.Name}.{field.Name} is not published in {writer.Type.Name}.");
                if (ElementOf(field.PropertyType) is { } read && ElementOf(source.PropertyType) is { } written && reader.Options.TypeInfoResolver is JsonSerializerContext)
                    AssertReads(reader.Options.GetTypeInfo(read), writer.Options.GetTypeInfo(written));
                else
                    Assert.Equal(source.PropertyType, field.PropertyType);
            }
        }

        static Type? ElementOf(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;
    }

    [GeneratedRegex(@"\.MapSubscription\(", RegexOptions.CultureInvariant)]
    private static partial Regex MapsSubscription();

    [GeneratedRegex(@"^[a-z]+\.[a-z_]+\.v[1-9][0-9]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex EventType();
}
