using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using NexusCart.Carts.Actors;
using NexusCart.Gateway.Live;
using NexusCart.Gateway.Proxy;
using NexusCart.Notifications.Actors;
using NexusCart.Notifications.Events;
using NexusCart.Orders.Events;
using NexusCart.Promotions.Actors;

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
            .Where(text => EventType().IsMatch(text))
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

    public static TheoryData<string, JsonTypeInfo> Readers => new()
    {
        { "order.paid.v1", CartsJson.Default.OrderPaid },
        { "order.paid.v1", FlashSalesJson.Default.OrderPaid },
        { "order.cancelled.v1", FlashSalesJson.Default.OrderCancelled },
        { "product.changed.v1", PageNewsJson.Default.ProductNews },
        { "product.price_changed.v1", PageNewsJson.Default.PriceNews },
        { "product.price_list_changed.v1", PageNewsJson.Default.PriceListNews },
        { "product.category_changed.v1", PageNewsJson.Default.CategoryNews },
        { "product.brand_changed.v1", PageNewsJson.Default.BrandNews },
        { "product.attribute_changed.v1", PageNewsJson.Default.AttributeNews },
        { "promotion.flash_sale_changed.v1", FlashSaleNewsJson.Default.FlashSaleNews },
        { "order.placed.v1", NotificationsJson.Default.OrderNews },
        { "order.paid.v1", NotificationsJson.Default.OrderNews },
        { "order.cancelled.v1", NotificationsJson.Default.CancellationNews },
        { "user.verification_requested.v1", NotificationsJson.Default.TicketNews },
        { "user.password_reset_requested.v1", NotificationsJson.Default.TicketNews },
        { "user.password_changed.v1", NotificationsJson.Default.AccountNews },
        { "payment.authorized.v1", OrderEventsJson.Default.PaymentChanged },
    };

    [Theory]
    [MemberData(nameof(Readers))]
    public void What_a_consumer_reads_is_published_under_that_name(string type, JsonTypeInfo reader)
    {
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

    [GeneratedRegex(@"^[a-z]+\.[a-z_]+\.v[1-9][0-9]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex EventType();
}
